const BOUNDARY = /;\s*boundary=(?:"([^"]{1,200})"|([^;\s]{1,200}))/i;
const NAME = /^content-disposition:[^\r\n]*?;[ \t]*name="([^"]*)"/im;

/** The parts of a multipart/form-data body (RFC 7578) as texts by name; the last of two with one name counts. Undefined when it has no boundary or no part. */
export function multipartFields(raw: Buffer, contentType: string): Readonly<Record<string, string>> | undefined {
  const [, quoted, plain] = BOUNDARY.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) return undefined;
  // latin1 keeps every byte, so that a part can be cut out as text and then be read as the UTF-8 that it is.
  const parts = `\r\n${raw.toString('latin1')}`.split(`\r\n--${boundary}`).slice(1);
  const fields = parts.flatMap((part): [string, string][] => {
    const end = part.indexOf('\r\n\r\n');
    const name = end < 0 ? undefined : NAME.exec(part.slice(0, end))?.[1];
    return name === undefined ? [] : [[utf8(name), utf8(part.slice(end + 4))]];
  });
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}

function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}
