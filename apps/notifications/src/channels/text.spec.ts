import { clean, cut, cutBytes, escapeHtml, link, oneLine } from './text.js';
import { mrkdwn } from './slack/mrkdwn.js';

test('clean text has no control characters and no half characters', () => {
  expect(clean('a\r\nb\rc\u0000\u0007\u009b\ud83d x \ude00 😀\t')).toBe('a\nb\nc\uFFFD x \uFFFD 😀\t');
  expect(oneLine('  a \r\n\t b ')).toBe('a b');
});

test('cutting keeps whole characters and says that something is missing', () => {
  expect(cut('abc', 3)).toBe('abc');
  expect(cut('abcd', 3)).toBe('ab…');
  expect(cut('😀😀😀', 4)).toBe('😀…');
  expect(cutBytes('€€', 5)).toBe('€');
  expect(cutBytes('€€', 6)).toBe('€€');
});

test('only web addresses may stand behind a button', () => {
  expect(link('https://example.com/a b')).toBe('https://example.com/a%20b');
  const tooLong = `https://example.com/${'x'.repeat(2000)}`;
  for (const bad of [undefined, '', 'example.com', 'javascript:alert(1)', 'data:text/html,x', tooLong]) expect(link(bad)).toBeUndefined();
});

test('HTML is escaped inside elements and attributes', () => {
  expect(escapeHtml(`<a href="x" title='y'>&</a>`)).toBe('&#60;a href=&#34;x&#34; title=&#39;y&#39;&#62;&#38;&#60;/a&#62;');
});

describe('mrkdwn', () => {
  test('mentions nobody and links addresses', () => {
    expect(mrkdwn('<!channel> & <@U1>', 100)).toBe('&lt;!channel&gt; &amp; &lt;@U1&gt;');
    expect(mrkdwn('see https://x.example/?a=1&b=2 now', 100)).toBe('see <https://x.example/?a=1&amp;b=2> now');
  });

  test('is cut before what does not fit: no half entity, link or character', () => {
    expect(mrkdwn('a&&&', 8)).toBe('a&amp;…');
    expect(mrkdwn('see https://x.example/abc', 20)).toBe('see …');
    expect(mrkdwn('😀😀', 3)).toBe('😀…');
    expect(mrkdwn('&'.repeat(100_000), 3000).length).toBeLessThanOrEqual(3000);
  });
});
