import { memberKey } from '@signalbox/contracts';
import { badRequest } from '@signalbox/http-api';
import type { ReadModel } from '@signalbox/messaging';
import type { Assignee } from '../domain/incident-state.js';

/** The people and teams of tenants by name, as the directory tells; their owner is asked about one that is not known yet. */
export class OwnPeople {
  constructor(private readonly members: ReadModel<'members'>, private readonly teams: ReadModel<'teams'>) {}

  /** With the name that it has now. 400 for who is not the tenant's. Throws OwnerAwayError when that cannot be told now. */
  async assignee(tenantId: string, { type, id: given }: Pick<Assignee, 'type' | 'id'>): Promise<Assignee> {
    const id = given.toLowerCase();
    const name = type === 'user' ? (await this.members.find(memberKey(tenantId, id)))?.name : await this.teamName(tenantId, id);
    if (name === undefined) throw badRequest([{ path: 'assignee.id', message: `is not the id of a ${type} of yours` }]);
    return { type, id, name };
  }

  /** The id of a user of the tenant as it is kept; 400 for anybody else. Throws OwnerAwayError when that cannot be told now. */
  async user(tenantId: string, given: string): Promise<string> {
    const id = given.toLowerCase();
    if (await this.members.find(memberKey(tenantId, id)) === undefined) throw badRequest([{ path: 'userId', message: 'is not the id of a user of yours' }]);
    return id;
  }

  private async teamName(tenantId: string, id: string): Promise<string | undefined> {
    const team = await this.teams.find(id);
    return team?.tenantId === tenantId ? team.name : undefined;
  }
}
