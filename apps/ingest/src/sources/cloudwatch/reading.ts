import type { FieldError } from '../contract.js';
import type { EventDraft } from '../event.js';
import { text, type Fields } from '../reading.js';
import { valueAt } from '../webhook/path.js';

/** What a reader makes of one message; the severity is a word of the table, not yet looked up. */
export type Reading =
  | { readonly kind: 'alerts'; readonly drafts: readonly AlertDraft[] }
  | { readonly kind: 'ignored'; readonly reason: string; readonly confirm?: string }
  | { readonly kind: 'fault'; readonly error: FieldError };

export interface AlertDraft extends Omit<EventDraft, 'severity' | 'client'> {
  readonly severityWord: string | undefined;
}

export function alert(draft: AlertDraft): Reading {
  return { kind: 'alerts', drafts: [draft] };
}

export function ignored(reason: string): Reading {
  return { kind: 'ignored', reason };
}

/** What stands at `detail.build-status`, `resources.0` and the like. */
export function at(value: unknown, path: string): unknown {
  return valueAt(value, path.split('.'));
}

/** The parts of an ARN (`arn:partition:service:region:account:resource`), which may be no ARN at all. */
export interface Arn {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly resource: string;
}

export function parseArn(value: unknown): Arn | undefined {
  const [, partition, region, account, resource] = /^arn:([a-z-]+):[a-z0-9-]+:([a-z0-9-]*):(\d*):(.+)$/.exec(text(value)?.trim() ?? '') ?? [];
  return resource === undefined ? undefined : { partition: partition!, region: region!, account: account!, resource };
}

/** What a person calls an ARN's resource: `shop` of `arn:…:service/cluster/shop`. */
export function shortName(value: string): string {
  return parseArn(value)?.resource.split(/[:/]/).findLast((part) => part !== '') ?? value;
}

const CONSOLES: Readonly<Record<string, string>> = { 'aws-cn': 'console.amazonaws.cn', 'aws-us-gov': 'console.amazonaws-us-gov.com' };

/** A page of the console; undefined when the region is not known. */
export function consoleLink(region: string | undefined, page: string, partition = 'aws'): string | undefined {
  if (region === undefined || !REGION.test(region)) return undefined;
  const known = partition !== 'aws' ? partition : region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  return `https://${CONSOLES[known] ?? `${region}.console.aws.amazon.com`}/${page.replaceAll('{region}', region)}`;
}

/** A name as part of an address; half a character, which has no place in one, is left out. */
export function encoded(name: string): string {
  return encodeURIComponent(name.replace(/\p{Surrogate}/gu, ''));
}

/** `eu-west-1`, `us-gov-east-1`: as AWS names a region in addresses, unlike `EU (Ireland)`. */
export const REGION = /^[a-z]{2,3}(?:-[a-z]+){1,3}-\d{1,2}$/;

/** The plain values of an object: of a large one what a person can read. */
export function plainValues(value: Fields): Fields {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => text(one) !== undefined));
}
