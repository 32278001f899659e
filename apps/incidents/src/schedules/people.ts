import { memberKey } from '@signalbox/contracts';
import { badRequest } from '@signalbox/http-api';
import { OwnerAwayError, type ReadModel } from '@signalbox/messaging';

export interface Person {
  readonly id: string;
  /** Null of who has left. */
  readonly name: string | null;
}

/** Where an id stands in the body (`layers[0].users[1]`), and the id. */
export type IdsByPath = Readonly<Record<string, string>>;

/** The people and teams of tenants, as the directory tells. */
export class People {
  constructor(private readonly members: ReadModel<'members'>, private readonly teams: ReadModel<'teams'>) {}

  /** Refuses (400) ids that are no users of this tenant. Throws OwnerAwayError when that cannot be told now. */
  async requireUsers(tenantId: string, ids: IdsByPath): Promise<void> {
    const faults = await Promise.all(Object.entries(ids).map(async ([path, id]) =>
      (await this.members.find(memberKey(tenantId, id))) === undefined ? [{ path, message: 'is not the id of a user of yours' }] : []));
    if (faults.flat().length > 0) throw badRequest(faults.flat());
  }

  /** The same for a team. */
  async requireTeam(tenantId: string, path: string, id: string): Promise<void> {
    if ((await this.teams.find(id))?.tenantId !== tenantId) throw badRequest([{ path, message: 'is not the id of a team of yours' }]);
  }

  /** Which of these people have left the tenant. While nobody can tell, none: rather somebody too many is called than nobody. */
  async absentOf(tenantId: string, ids: Iterable<string>): Promise<ReadonlySet<string>> {
    const unique = [...new Set(ids)];
    const gone = await Promise.all(unique.map(async (id) => {
      try {
        return await this.members.find(memberKey(tenantId, id)) === undefined;
      } catch (error) {
        if (error instanceof OwnerAwayError) return false;
        throw error;
      }
    }));
    return new Set(unique.filter((_, index) => gone[index]));
  }

  /** These people with their names, each once, as far as they are known here. */
  named(tenantId: string, ids: Iterable<string>): Person[] {
    return [...new Set(ids)].map((id) => ({ id, name: this.members.get(memberKey(tenantId, id))?.name ?? null }));
  }
}
