import type { SecretBox } from '@signalbox/access';
import { isDatabaseAway, type PartitionLeases } from '@signalbox/database';
import { Repeating } from '../intake/repeating.js';
import type { InletRow, InletRows } from '../store/inlet-rows.js';
import { configContext } from '../store/inlet-store.js';
import { isDisabled, type Tenants } from '../store/tenants.js';
import type { Place } from './contract.js';
import { inletOf } from './registry.js';
import { Runner } from './runner.js';
import { InletStatus } from './status.js';
import { Taker, type Fate, type LetterStore, type MessageStore } from './taker.js';

const LOOK_EVERY_MS = 1_000;

export interface KeeperOptions {
  readonly leases: PartitionLeases;
  readonly rows: InletRows;
  /** Nothing is fetched for one that is disabled, nor for anybody before all are known. */
  readonly tenants: Tenants;
  readonly box: SecretBox;
  readonly messages: MessageStore;
  readonly letters: LetterStore;
  readonly place: Omit<Place, 'inlet'>;
  readonly onFate: (kind: string, fate: Fate) => void;
  readonly warn: (message: string, error?: unknown) => void;
}

interface Kept {
  readonly row: InletRow;
  readonly status: InletStatus;
  /** Undefined when its config cannot be read. */
  readonly runner: Runner | undefined;
  ending?: Promise<void>;
}

/**
 * Runs the inlets whose slots this replica holds: each inlet on one replica at a time, taken over within seconds when that one dies. While Postgres
 * is away everybody keeps what they have: nobody can have taken it over. (Two that hold one inlet for a moment harm nobody: what is stored
 * twice has come twice.)
 */
export class InletKeeper {
  private readonly kept = new Map<string, Kept>();
  private readonly looking = new Repeating(() => this.look().then(() => LOOK_EVERY_MS));
  private inTrouble = false;

  constructor(private readonly options: KeeperOptions) {}

  /** How many inlets of this replica are in which state. */
  states(): Map<string, number> {
    const states = new Map<string, number>();
    for (const { status } of this.kept.values()) states.set(status.state, (states.get(status.state) ?? 0) + 1);
    return states;
  }

  start(): void {
    this.looking.start();
  }

  /** Disconnects all inlets in order, so that a successor need not wait until this replica is taken for dead. */
  async stop(): Promise<void> {
    await this.looking.stop();
    await Promise.all([...this.kept.keys()].map((id) => this.end(id, false)));
    await this.options.leases.release().catch(() => undefined);
  }

  private async look(): Promise<void> {
    try {
      const slots = (await this.options.leases.renew()).map(({ partition }) => partition);
      this.follow(new Set(slots), await this.options.rows.ofSlots(slots));
      await this.writeDown([...this.kept.values()].map(({ status }) => status));
      this.inTrouble = false;
    } catch (error) {
      if (!this.inTrouble) {
        this.options.warn(isDatabaseAway(error) ? 'inlets stay as they are while Postgres is away' : 'inlets cannot be looked after now', error);
      }
      this.inTrouble = true;
    }
  }

  /** Brings what runs in line with what is configured. One that ends slowly holds up nobody else: its successor begins when it has ended. */
  private follow(slots: ReadonlySet<number>, rows: readonly InletRow[]): void {
    const wanted = new Map(rows.map((row) => [row.id, row]));
    for (const { row: { id, slot, sealedConfig } } of this.kept.values()) {
      const row = wanted.get(id);
      if (row === undefined || !this.mayRun(row) || row.sealedConfig !== sealedConfig) void this.end(id, row === undefined && slots.has(slot));
    }
    for (const row of rows) if (this.mayRun(row) && !this.kept.has(row.id) && !this.looking.stopped) this.begin(row);
  }

  private mayRun({ enabled, tenantId }: InletRow): boolean {
    const { tenants } = this.options;
    return enabled && tenants.ready && !isDisabled(tenants, tenantId);
  }

  private begin(row: InletRow): void {
    const status = new InletStatus(row.id);
    this.kept.set(row.id, { row, status, runner: this.runnerOf(row, status) });
  }

  private runnerOf(row: InletRow, status: InletStatus): Runner | undefined {
    const { place, box, messages, letters, onFate, warn } = this.options;
    const kind = inletOf(row.kind);
    try {
      if (kind === undefined) throw new Error(`there is no inlet of the kind ${row.kind}`);
      const config = JSON.parse(box.open(row.sealedConfig, configContext(row.id))) as Record<string, unknown> & { topicPrefix: string };
      const taker = new Taker({ id: row.id, tenantId: row.tenantId }, config.topicPrefix, messages, letters, (fate, at) => {
        status.came(fate, at);
        onFate(row.kind, fate);
      });
      const seat = {
        ...place, inlet: row, subscribed: row.subscribed, take: taker.take.bind(taker),
        keepSubscribed: (list: readonly string[]) => status.isSubscribed(list),
      };
      return new Runner(kind, config, seat, status, warn);
    } catch (error) {
      status.failed('Its settings cannot be read: is the master key that sealed them still set?');
      warn(`the settings of inlet ${row.id} cannot be read`, error);
      return undefined;
    }
  }

  private end(id: string, forGood: boolean): Promise<void> {
    const kept = this.kept.get(id);
    if (kept === undefined) return Promise.resolve();
    kept.ending ??= this.ended(id, kept, forGood);
    return kept.ending;
  }

  private async ended(id: string, { runner, status }: Kept, forGood: boolean): Promise<void> {
    await runner?.stop({ forGood });
    this.kept.delete(id);
    await this.writeDown([status]).catch((error: unknown) => this.options.warn('the last counts of an inlet are lost', error));
  }

  private async writeDown(statuses: readonly InletStatus[]): Promise<void> {
    const taken = statuses.flatMap((status) => {
      const change = status.take();
      return change === undefined ? [] : [{ status, change }];
    });
    try {
      await this.options.rows.writeDown(taken.map(({ change }) => change));
    } catch (error) {
      for (const { status, change } of taken) status.putBack(change);
      throw error;
    }
  }
}
