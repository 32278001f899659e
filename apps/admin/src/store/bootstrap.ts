import { auditMessage, hashPassword, type Identity } from '@signalbox/access';
import type { Database } from '@signalbox/database';
import type { AnnouncedChange } from './announced-change.js';
import { memberPushes } from './directory.js';
import { insertMembership, insertTenant } from './tenant-store.js';
import { insertUser } from './user-store.js';

export interface FirstTenant { readonly email: string; readonly password: string; readonly tenant: string }

const BY: Omit<Identity, 'tenantId'> = { subject: { type: 'service', id: 'admin', name: 'Bootstrap' }, role: 'admin', scopes: [] };

/**
 * Makes the first tenant and its administrator, who also operates the platform, when there is
 * no tenant yet. Replicas may race to it. Out: whether it was made now.
 */
export async function bootstrap(db: Database, changes: AnnouncedChange, { email, password, tenant: name }: FirstTenant): Promise<boolean> {
  if (await hasTenant(db)) return false;
  const passwordHash = await hashPassword(password);
  return changes.run(async (tx, announce) => {
    await tx.query(`select pg_advisory_xact_lock(hashtext('admin.bootstrap'))`);
    if (await hasTenant(tx)) return false;
    const { tenant, messages } = await insertTenant(tx, { ...BY, tenantId: '' }, name);
    const { id } = await insertUser(tx, { email, name: email.split('@')[0]!, platformOperator: true }, passwordHash);
    await insertMembership(tx, tenant.id, id, 'admin');
    announce(...messages, ...await memberPushes(tx, id, tenant.id), auditMessage({ ...BY, tenantId: tenant.id }, {
      action: 'create', resource: 'users', resourceId: id, after: { id, email, role: 'admin', platformOperator: true },
    }));
    return true;
  });
}

async function hasTenant(db: Pick<Database, 'query'>): Promise<boolean> {
  return (await db.query('select 1 from tenants limit 1')).length > 0;
}
