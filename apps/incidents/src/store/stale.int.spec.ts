import { newId } from '@signalbox/contracts';
import { Database, Tidy } from '@signalbox/database';
import { freshDatabase } from '@signalbox/testing';
import { schema } from '../schema.js';
import { STALE } from './stale.js';

it('a group that nothing joined for a month is forgotten, and so is one that nothing ever joined, but none of which something is due', async () => {
  const { url } = await freshDatabase(schema);
  const db = new Database({ url, schema: 'incidents' });
  try {
    const tenantId = newId();
    for (const [key, age] of [['old', '31 days'], ['fresh', '29 days'], ['never', null]]) {
      await db.query('insert into incident_groups (tenant_id, key, head_id, last_at) values ($1, $2, $3, now() - $4::interval)', [tenantId, key, newId(), age]);
    }
    await db.query(
      `insert into incident_groups (tenant_id, key, last_at, due_at) values ($1, 'due', now() - interval '31 days', now() - interval '31 days')`,
      [tenantId]);
    await new Tidy({ db, what: 'stale rows', stale: STALE, warn: (message, error) => { throw new Error(message, { cause: error }); } }).run();
    expect(await db.query('select key from incident_groups order by key')).toEqual([{ key: 'due' }, { key: 'fresh' }]);
  } finally {
    await db.close();
  }
});
