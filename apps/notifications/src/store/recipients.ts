import { memberKey, stableId } from '@signalbox/contracts';
import { encodeRows, recordset, type Queryable } from '@signalbox/database';
import type { ReadModel } from '@signalbox/messaging';
import { CONTACT_KINDS } from '../contacts/registry.js';
import type { Target, TargetType } from '../domain/rules.js';
import type { LiveChannel, LiveConfig } from './live-config.js';

/** For whom a notification is, when it is for people: somebody with the addresses it goes to, or a team that has nobody. */
export interface Recipient {
  readonly type: 'user' | 'team';
  readonly id: string;
  readonly name: string;
  readonly addresses: readonly string[];
}

/** One notification to make: through which channel, and for whom; or why it reaches nobody. */
export interface Reached {
  /** What was told to them is not said again: the channel, or the person and kind of contact. */
  readonly audienceId: string;
  readonly channelId: string | null;
  /** Missing when it was deleted, or there is none. */
  readonly channel: LiveChannel | undefined;
  readonly recipient: Recipient | null;
  readonly unreachable: string | null;
}

/** What a target stands for: channels, people, and what has nobody in it. */
type Part = { readonly channelId: string } | { readonly userId: string } | { readonly nobody: Nobody };
interface Nobody {
  readonly type: 'team';
  readonly id: string;
  readonly name: string;
  readonly why: string;
}

interface KindOfTarget {
  isOwn(tenantId: string, id: string): Promise<boolean>;
  parts(tenantId: string, id: string): Promise<Part[]>;
}

/** The addresses of people that are proven, in their order, by `memberKey`. */
type Addresses = ReadonlyMap<string, readonly { readonly kind: string; readonly address: string }[]>;

/** From targets to whom a notification goes. */
export class Recipients {
  /** Every type of target. */
  private readonly types: Readonly<Record<TargetType, KindOfTarget>> = {
    channel: {
      isOwn: async (tenantId, id) => (await this.live.find(tenantId, id)) !== undefined,
      parts: (_, id) => Promise.resolve([{ channelId: id }]),
    },
    user: {
      isOwn: async (tenantId, id) => (await this.members.find(memberKey(tenantId, id))) !== undefined,
      parts: (_, id) => Promise.resolve([{ userId: id }]),
    },
    team: {
      isOwn: async (tenantId, id) => (await this.teams.find(id))?.tenantId === tenantId,
      parts: (tenantId, id) => this.team(tenantId, id),
    },
  };

  constructor(private readonly live: LiveConfig, private readonly members: ReadModel<'members'>, private readonly teams: ReadModel<'teams'>) {}

  /** Whether a tenant has such a target. Throws OwnerAwayError when that cannot be told now. */
  isOwn(tenantId: string, { type, id }: Target): Promise<boolean> {
    return this.types[type].isOwn(tenantId, id);
  }

  /**
   * Whom each of the wanted targets reaches, in the order of `wanted`: a channel itself; a person at all their proven addresses, one notification for
   * each kind of them; a team as each of its members. Whoever cannot be reached is there too, with the reason. Throws OwnerAwayError when it is
   * not known yet who somebody is and nobody tells: nothing may be dropped for that.
   */
  async resolve(db: Queryable, wanted: readonly { readonly tenantId: string; readonly target: Target }[]): Promise<Reached[][]> {
    const parts = await Promise.all(wanted.map(async ({ tenantId, target }) => {
      const ofTarget = await this.types[target.type].parts(tenantId, target.id);
      return ofTarget.map((part) => ({ tenantId, part }));
    }));
    const people = parts.flat().flatMap(({ tenantId, part }) => ('userId' in part ? [{ tenant_id: tenantId, user_id: part.userId }] : []));
    const addresses = await addressesOf(db, people);
    return Promise.all(parts.map(async (ofTarget) => {
      const reached = await Promise.all(ofTarget.map(({ tenantId, part }) => this.reached(tenantId, part, addresses)));
      return reached.flat();
    }));
  }

  private async team(tenantId: string, id: string): Promise<Part[]> {
    const team = await this.teams.find(id);
    if (team === undefined || team.tenantId !== tenantId) return [{ nobody: { type: 'team', id, name: 'deleted team', why: 'the team was deleted' } }];
    if (team.memberIds.length === 0) return [{ nobody: { type: 'team', id, name: team.name, why: `the team ${team.name} has no members` } }];
    return team.memberIds.map((userId) => ({ userId }));
  }

  private async reached(tenantId: string, part: Part, addresses: Addresses): Promise<Reached[]> {
    if ('channelId' in part) {
      const { channelId } = part;
      return [{ audienceId: channelId, channelId, channel: await this.live.find(tenantId, channelId), recipient: null, unreachable: null }];
    }
    if ('nobody' in part) {
      const { type, id, name, why } = part.nobody;
      return [nobody(stableId(type, tenantId, id), { type, id, name, addresses: [] }, why)];
    }
    return this.person(tenantId, part.userId, addresses);
  }

  private async person(tenantId: string, userId: string, addresses: Addresses): Promise<Reached[]> {
    const key = memberKey(tenantId, userId);
    const member = await this.members.find(key);
    const own = addresses.get(key) ?? [];
    const someone = { type: 'user' as const, id: userId, name: member?.name ?? 'somebody who left' };
    const none = (why: string): Reached[] => [nobody(stableId('person', tenantId, userId), { ...someone, addresses: [] }, why)];
    if (member === undefined) return none('the user does not belong to the tenant any more');
    if (own.length === 0) return none(`${member.name} has no verified contact method`);
    const reached = CONTACT_KINDS.flatMap(({ kind, channelKind }): Reached[] => {
      const ofKind = own.filter((one) => one.kind === kind).map(({ address }) => address);
      const channel = this.live.carrierOf(tenantId, channelKind);
      if (ofKind.length === 0 || channel === undefined) return [];
      const recipient = { ...someone, addresses: ofKind };
      return [{ audienceId: stableId('person', tenantId, userId, kind), channelId: channel.id, channel, recipient, unreachable: null }];
    });
    if (reached.length > 0) return reached;
    const kinds = CONTACT_KINDS.map(({ channelKind }) => channelKind).join(' or ');
    return none(`there is no enabled channel that reaches ${member.name}: one of the kind ${kinds} is needed`);
  }
}

function nobody(audienceId: string, recipient: Recipient, unreachable: string): Reached {
  return { audienceId, channelId: null, channel: undefined, recipient, unreachable };
}

async function addressesOf(db: Queryable, people: readonly { tenant_id: string; user_id: string }[]): Promise<Addresses> {
  const addresses = new Map<string, { kind: string; address: string }[]>();
  if (people.length === 0) return addresses;
  const rows = await db.query<{ tenant_id: string; user_id: string; kind: string; address: string }>(
    `select m.tenant_id, m.user_id, m.kind, m.address from contact_methods m
     where (m.tenant_id, m.user_id) in (${recordset({ tenant_id: 'uuid', user_id: 'uuid' })}) and m.verified_at is not null
     order by m.position, m.id`, [encodeRows(people)]);
  for (const { tenant_id, user_id, kind, address } of rows) {
    const key = memberKey(tenant_id, user_id);
    addresses.set(key, [...(addresses.get(key) ?? []), { kind, address }]);
  }
  return addresses;
}
