import { newId } from '@signalbox/contracts';
import { Database } from '@signalbox/database';
import { freshDatabase } from '@signalbox/testing';
import { schema } from '../schema.js';
import { LetterStore } from './letter-store.js';

let db: Database;

beforeAll(async () => {
  const { url } = await freshDatabase(schema);
  db = new Database({ url, schema: 'ops' });
});

afterAll(() => db.close());

it('an export holds a few megabytes of payloads at a time, however large its letters are, and misses none', async () => {
  const tenantId = newId();
  await db.query(
    `insert into dead_letter_messages (tenant_id, id, kind, owner, reason, detail, subject, payload, headers, attempts, trace_id, size_bytes, died_at)
     select $1, gen_random_uuid(), 'route', 'delivery', 'timeout', n, 'routes.x', to_json(repeat('x', size)), '{}', '[]', gen_random_uuid(), size,
       date_trunc('milliseconds', now()) - n * interval '1 second'
     from generate_series(1, 224) n cross join lateral (select case when n <= 12 then 900000 when n = 13 then 5000000 else 10 end as size) s`, [tenantId]);
  const store = new LetterStore(db, { offer: () => undefined } as never);
  const pages: string[][] = [];
  for (let after: { at: Date; id: string } | undefined; ;) {
    const rows = await store.exported(tenantId, {}, after);
    const last = rows.at(-1);
    if (last === undefined) break;
    pages.push(rows.map(({ detail }) => detail));
    after = { at: new Date(last.diedAt), id: last.id };
  }
  expect(pages.map((page) => page.length)).toEqual([5, 5, 3, 200, 11]);
  expect(pages.flat()).toEqual(Array.from({ length: 224 }, (_, n) => String(n + 1)));
}, 20_000);
