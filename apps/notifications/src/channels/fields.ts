import type { Described, FieldKeywords } from '@signalbox/adapter-config';
import { Type, type StringOptions } from '@sinclair/typebox';

export { choice, headerName, secretHeaders, secretText } from '@signalbox/adapter-config';

/** An http(s) address without credentials in it. */
export function webAddress(options: StringOptions & FieldKeywords & Described) {
  return Type.String({ minLength: 1, maxLength: 2048, ...options, url: true });
}

const ADDRESS = '[^\\s<>@,;"]+@[^\\s<>@,;"]+';
const MAILBOX = `^(?:${ADDRESS}|[^<>\\r\\n]*<${ADDRESS}>)$`;

/** `a@example.com` or `Name <a@example.com>`. */
export function mailbox(options: Described) {
  return Type.String({ maxLength: 320, ...options, pattern: MAILBOX, problem: 'must be an e-mail address, such as ops@example.com or Ops <ops@example.com>' });
}

/** The two parts of a mailbox: `Ops <ops@example.com>` → name `Ops`, address `ops@example.com`. */
export function parseMailbox(text: string): { name: string; address: string } {
  const named = /^(.*)<([^<>]+)>$/.exec(text);
  if (named === null) return { name: '', address: text };
  return { name: named[1]!.trim().replace(/^"(.*)"$/, '$1'), address: named[2]! };
}
