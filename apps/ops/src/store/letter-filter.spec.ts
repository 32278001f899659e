import { conditionOf } from './letter-filter.js';

const TENANT = '018f6f5e-0000-7000-8000-00000000000a';

describe('the condition of a selection', () => {
  it('is always within the tenant', () => {
    expect(conditionOf(TENANT, {})).toEqual({ sql: 'd.tenant_id = $1', values: [TENANT] });
  });

  it('numbers its parameters, and uses one for all places of a text', () => {
    const { sql, values } = conditionOf(TENANT, { filter: { kind: ['route'], text: 'a', until: '2026-01-01T00:00:00Z' } });
    expect(sql).toBe(
      'd.tenant_id = $1 and d.kind = any($2::text[]) and d.died_at < $3::timestamptz and (d.detail ilike $4 or d.subject ilike $4 or d.payload::text ilike $4)',
    );
    expect(values).toEqual([TENANT, ['route'], '2026-01-01T00:00:00Z', '%a%']);
  });

  it('takes wildcards in a text for what they are', () => {
    expect(conditionOf(TENANT, { filter: { text: '50%_\\' } }).values[1]).toBe('%50\\%\\_\\\\%');
  });

  it('selects by ids and by age', () => {
    const diedBefore = new Date(0);
    expect(conditionOf(TENANT, { ids: ['x'] })).toEqual({ sql: 'd.tenant_id = $1 and d.id = any($2::uuid[])', values: [TENANT, ['x']] });
    expect(conditionOf(TENANT, { diedBefore })).toEqual({ sql: 'd.tenant_id = $1 and d.died_at < $2::timestamptz', values: [TENANT, diedBefore] });
  });
});
