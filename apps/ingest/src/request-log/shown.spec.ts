import { bodyBeginning, shownErrors, shownHeaders, shownPath } from './shown.js';

const MASK = '••••••••';
const KEY = 'a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6';
const beginning = (text: string, secrets: readonly string[], limit: number) => bodyBeginning(Buffer.from(text), secrets, limit).toString('utf8');

describe('what the log shows of a request', () => {
  it('of credentials in headers one sees that they were there', () => {
    const shown = shownHeaders({
      authorization: `Bearer ${KEY}`, cookie: 'a=b', 'x-api-key': KEY, 'x-gitlab-token': 'x', 'x-hub-signature-256': 'sha256=00',
      'idempotency-key': 'once', 'user-agent': 'Datadog', 'x-odd': `it is ${KEY}`, gone: undefined,
    }, [KEY]);
    expect(shown).toEqual({
      authorization: MASK, cookie: MASK, 'x-api-key': MASK, 'x-gitlab-token': MASK, 'x-hub-signature-256': MASK,
      'idempotency-key': 'once', 'user-agent': 'Datadog', 'x-odd': `it is ${'*'.repeat(32)}`,
    });
  });

  it('the key does not stand in the path', () => {
    expect(shownPath(
      '/api/integrations/uptimerobot',
      new URLSearchParams({ integrationId: 'i-1', key: 'anything', alertType: '1' }),
      [],
    )).toBe('/api/integrations/uptimerobot?integrationId=i-1&alertType=1');
    expect(shownPath('/api/events', undefined, [])).toBe('/api/events');
  });

  it('what is wrong is told without a quotation of the body', () => {
    const errors = [
      { path: 'body', message: `is not valid JSON: Unexpected token 'x', "..${KEY.slice(0, 9)}"` },
      { path: 'level', message: `'${KEY}' is no level` },
    ];
    expect(shownErrors(errors, [KEY])).toEqual([{ path: 'body', message: 'is not valid JSON' }, { path: 'level', message: `'${'*'.repeat(32)}' is no level` }]);
  });

  it('a long body is cut between characters, and a secret at the cut is not shown by half', () => {
    expect(beginning('short', [], 5)).toBe('short');
    expect(beginning(`${'x'.repeat(9)}é and more`, [], 10)).toBe('x'.repeat(9));
    expect(beginning(`{"shared_secret":"${'s'.repeat(5_000)}"}`, [], 30)).toBe(`{"shared_secret":"${'*'.repeat(12)}`);
    expect(beginning(`${'x'.repeat(20)}${KEY}`, [KEY], 30)).toBe(`${'x'.repeat(20)}${'*'.repeat(10)}`);
  });
});
