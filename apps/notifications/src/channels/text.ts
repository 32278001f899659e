// Control characters other than tab and line end: no far side shows them, and several refuse the whole message.
const CONTROL = /[^\P{Cc}\t\n]/gu;
const LONE_SURROGATE = /\p{Surrogate}/gu;

/** Text that every far side takes: line ends are \n, control characters are gone, halves of characters become U+FFFD. */
export function clean(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(CONTROL, '').replace(LONE_SURROGATE, '\uFFFD');
}

/** Clean text on one line. */
export function oneLine(text: string): string {
  return clean(text).replace(/\s+/g, ' ').trim();
}

/** At most `limit` UTF-16 units, cut between code points, with an ellipsis where something is missing. */
export function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${prefix(text, limit - 1, (point) => point.length)}…`;
}

/** At most `limit` bytes of UTF-8, cut between code points. */
export function cutBytes(text: string, limit: number): string {
  return Buffer.byteLength(text) <= limit ? text : prefix(text, limit, (point) => Buffer.byteLength(point));
}

function prefix(text: string, limit: number, size: (point: string) => number): string {
  let used = 0;
  let end = 0;
  for (const point of text) {
    used += size(point);
    if (used > limit) break;
    end += point.length;
  }
  return text.slice(0, end);
}

/** The address when it is one that may stand behind a button: http or https, and no longer than `limit`. Far sides refuse a message with a bad one. */
export function link(address: string | undefined, limit = 2000): string | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  return (url.protocol === 'https:' || url.protocol === 'http:') && url.href.length <= limit ? url.href : undefined;
}

/** Text for HTML, inside elements and inside quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
