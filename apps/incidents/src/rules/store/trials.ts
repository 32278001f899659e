import type { Event } from '@signalbox/contracts';
import type { Database } from '@signalbox/database';
import { setImmediate } from 'node:timers/promises';
import type { Rulebook } from '../../store/rulebook.js';
import { Trial, type Hushed, type PastEvent, type Tried } from '../domain/trial.js';

/** What a rule would have done to the newest events. */
export interface Preview {
  /** That were looked at, and the incidents that they came to. */
  readonly events: number;
  readonly incidents: number;
  /** How many of these would have been quiet. */
  readonly quiet: number;
  /** The newest of them. */
  readonly examples: Hushed[];
}

const EVENTS = 1_000;
/** Beyond so many bytes of events, newest first, no more are looked at: this process is everybody's. */
const BYTES = 16 * 1024 * 1024;
const EXAMPLES = 20;
/** So many events at a time, so that others have their turn. */
const AT_A_TIME = 50;

/** Tries rules against what a tenant has had. */
export class Trials {
  constructor(private readonly db: Database, private readonly rules: Pick<Rulebook, 'of'>) {}

  /** What a rule would have done to the tenant's last 1,000 events. Changes nothing. */
  async of(tenantId: string, tried: Tried): Promise<Preview> {
    const events = await this.newest(tenantId);
    const trial = new Trial(this.rules.of(tenantId), tried);
    for (const [index, event] of events.entries()) {
      if (index % AT_A_TIME === AT_A_TIME - 1) await setImmediate();
      trial.take(event);
    }
    const { incidents, hushed } = trial.outcome;
    return { events: events.length, incidents, quiet: hushed.length, examples: hushed.slice(0, EXAMPLES) };
  }

  /** Those that belong to an incident, in the order in which they came. */
  private async newest(tenantId: string): Promise<PastEvent[]> {
    const rows = await this.db.query<{ event: Event; id: string; number: number; title: string }>(
      `select e.event, i.id, i.number, i.title
       from (select event_id, accepted_at, incident_id, event, sum(octet_length(event::text)) over (order by accepted_at desc, event_id desc) as bytes
             from (select * from incident_events where tenant_id = $1 order by accepted_at desc limit ${EVENTS}) n) e
       join incidents i on i.id = e.incident_id and i.tenant_id = $1
       where e.bytes <= ${BYTES} order by e.accepted_at, e.event_id`, [tenantId]);
    return rows.map(({ event, id, number, title }) => ({ event, incident: { id, number, title } }));
  }
}
