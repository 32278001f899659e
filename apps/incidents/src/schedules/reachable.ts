import { memberKey, type Target } from '@signalbox/contracts';
import type { ReadModel } from '@signalbox/messaging';

/** Who can still be reached, as far as the directory says. Only what it says is gone is gone: rather somebody too many is paged than nobody. */
export class Reachable {
  constructor(private readonly members: ReadModel<'members'>, private readonly teams: ReadModel<'teams'>, private readonly channels: ReadModel<'channels'>) {}

  /** False for a user who has left the tenant, a team that was deleted or that nobody is in, a channel that was deleted. */
  exists(tenantId: string, type: Target['type'], id: string): boolean {
    switch (type) {
      case 'user': return !this.members.isGone(memberKey(tenantId, id));
      case 'team': return !this.teams.isGone(id) && (this.teams.get(id)?.memberIds.some((userId) => this.exists(tenantId, 'user', userId)) ?? true);
      case 'channel': return !this.channels.isGone(id);
    }
  }
}
