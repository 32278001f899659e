/** What the subject and the message of Zabbix' default templates say, where a template sends little else. */
export interface Told {
  readonly state: 'problem' | 'resolved' | 'update' | undefined;
  /** The problem's name, without what the subject says before it. */
  readonly name: string | undefined;
  readonly eventId: string | undefined;
  readonly host: string | undefined;
  readonly severity: string | undefined;
}

/** "Problem: …", "Resolved in 5m 3s: …", "Updated problem in 2m: …"; older versions: "Resolved: …", "PROBLEM: …", "OK: …". */
const SUBJECT = /^(problem|resolved(?: in [^:]{1,64})?|recovery|ok|updated problem(?: in [^:]{1,64})?): ?(.+)$/i;

export function toldBy(subject: string | undefined, message: string | undefined): Told {
  const [, before, name] = SUBJECT.exec(subject?.slice(0, 1024) ?? '') ?? [];
  const lines = linesOf(message);
  return {
    state: stateBefore(before), name: lines.get('problem name') ?? name,
    eventId: lines.get('original problem id'), host: lines.get('host'), severity: lines.get('severity'),
  };
}

function stateBefore(before: string | undefined): Told['state'] {
  const first = before?.toLowerCase().split(' ', 1)[0];
  if (first === undefined) return undefined;
  if (first === 'problem') return 'problem';
  return first === 'updated' ? 'update' : 'resolved';
}

/** `Host: web-1` and the like, by name in lower case; the first of two counts. */
function linesOf(message: string | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of message?.slice(0, 8192).split(/\r?\n/) ?? []) {
    const [, name, value] = /^\s*(Problem name|Original problem ID|Host|Severity): (.*\S)\s*$/i.exec(line) ?? [];
    if (name !== undefined && !found.has(name.toLowerCase())) found.set(name.toLowerCase(), value!);
  }
  return found;
}
