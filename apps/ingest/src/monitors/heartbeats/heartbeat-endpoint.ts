import { hashKey, isIntegrationKey } from '@signalbox/access';
import { refuse, type GatewayAnswer } from '../../gateway/answers.js';
import type { GatewayRequest } from '../../gateway/request.js';
import { disabledTenant, isDisabled, type Tenants } from '../../store/tenants.js';
import type { Beats } from './beats.js';

export const HEARTBEATS_PATH = '/api/heartbeats/';

/** POST, GET and HEAD /api/heartbeats/{key}: a beat. The key is the credential, whatever the body says. */
export class HeartbeatEndpoint {
  constructor(private readonly beats: Beats, private readonly tenants: Pick<Tenants, 'get'>) {}

  async serve(request: GatewayRequest): Promise<GatewayAnswer> {
    const key = request.path.slice(HEARTBEATS_PATH.length).replace(/\/$/, '').toLowerCase();
    const tenantId = isIntegrationKey(key) ? await this.beats.beat(hashKey(key), request.now) : undefined;
    if (tenantId === undefined) return refuse(401, 'The key is unknown: take the address of the heartbeat as GET /api/v1/monitors/heartbeats shows it.');
    // It is noted all the same: who went on beating must not be missed when the tenant is enabled again.
    if (isDisabled(this.tenants, tenantId)) refuse(403, disabledTenant("The heartbeat's"));
    return { status: 202, headers: { 'cache-control': 'no-store' }, body: { status: 'success', message: 'Heartbeat accepted' } };
  }
}
