/** A mail as a reader sees it. */
export interface Mail {
  /** Envelope: who the server was told it is from and for. */
  from: string;
  to: string[];
  /** Header names in lower case, values unfolded and decoded. */
  headers: Map<string, string>;
  subject: string;
  text: string;
  html: string;
  raw: string;
}

type Part = { headers: Map<string, string>; body: string };

/** Reads a raw RFC 5322 message: headers, text and HTML, also out of nested multiparts. */
export function parseMail(raw: Buffer, envelope: { from: string; to: string[] }): Mail {
  const whole = split(raw.toString('latin1'));
  const leaves = flatten(whole);
  const content = (type: string) => {
    const leaf = leaves.find((part) => (part.headers.get('content-type') ?? 'text/plain').toLowerCase().startsWith(type));
    return leaf ? decodeBody(leaf) : '';
  };
  const headers = new Map([...whole.headers].map(([name, value]) => [name, decodeWords(value)]));
  return { ...envelope, headers, subject: headers.get('subject') ?? '', text: content('text/plain'), html: content('text/html'), raw: raw.toString('utf8') };
}

function split(source: string): Part {
  const end = source.indexOf('\r\n\r\n');
  const head = end < 0 ? source : source.slice(0, end);
  const headers = new Map(head.replace(/\r\n[ \t]+/g, ' ').split('\r\n').map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  }));
  return { headers, body: end < 0 ? '' : source.slice(end + 4) };
}

function flatten(part: Part): Part[] {
  const boundary = /^multipart\/.*boundary="?([^";]+)"?/i.exec(part.headers.get('content-type') ?? '')?.[1];
  if (!boundary) return [part];
  return `\r\n${part.body}`.split(`\r\n--${boundary}`).slice(1, -1).flatMap((section) => flatten(split(section.replace(/^[ \t]*\r\n/, ''))));
}

function decodeBody({ headers, body }: Part): string {
  const encoding = headers.get('content-transfer-encoding')?.toLowerCase();
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  const bytes = encoding === 'quoted-printable' ? quotedPrintable(body.replace(/=\r\n/g, '')) : body;
  return Buffer.from(bytes, 'latin1').toString('utf8').replaceAll('\r\n', '\n');
}

/** RFC 2047 words in headers; neighbours belong together. */
function decodeWords(value: string): string {
  return value.replace(/\?=\s+=\?/g, '?==?').replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind: string, text: string) =>
    kind.toLowerCase() === 'b'
      ? Buffer.from(text, 'base64').toString('utf8')
      : Buffer.from(quotedPrintable(text.replaceAll('_', ' ')), 'latin1').toString('utf8'));
}

const quotedPrintable = (text: string) => text.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
