import type { SourceInput } from '../contract.js';
import { byUsualNames } from './by-usual-names.js';

const input: SourceInput = { body: undefined, rawBody: Buffer.alloc(0), headers: {}, query: {}, config: { summaryField: 'of.another.source' }, requestId: 'r' };
const reader = { namespace: 'google-cloud-monitoring', source: 'google-cloud', client: 'Google Cloud', severities: { sev1: 'error' } };
const read = (body: unknown, more: Partial<SourceInput> = {}) => byUsualNames(body, { ...input, ...more }, reader);

test("an event is its source's own, and names the source where the message names no thing", () => {
  expect(read({ id: 7, title: 'Import failed', severity: 'Sev1' })).toMatchObject({
    events: [{ dedupKey: 'google-cloud-monitoring-7', source: 'google-cloud', client: 'Google Cloud', severity: 'error' }],
  });
  expect(read({ id: 7, title: 'Import failed', host: 'etl-2', severity: 'sev1' }, { severities: { SEV1: 'info' } })).toMatchObject({
    events: [{ source: 'etl-2', severity: 'info' }],
  });
});

test('a key stays within its limit under the longer name, and the same', () => {
  const keys = [1, 2].map(() => {
    const result = read({ id: 'k'.repeat(246), title: 'x' });
    return result?.kind === 'events' ? result.events[0]!.dedupKey : '';
  });
  expect(keys[0]).toHaveLength(255);
  expect(keys[1]).toBe(keys[0]);
});

test('what says nothing is undefined, and of a list the one that says nothing is named', () => {
  expect(read({ foo: 1 })).toBeUndefined();
  expect(read([{ id: 1, title: 'x' }, { foo: 1 }])).toMatchObject({
    events: [{ dedupKey: 'google-cloud-monitoring-1' }],
    rejected: [{ index: 1, errors: [{ message: 'is missing, and so are the usual names' }] }],
  });
});
