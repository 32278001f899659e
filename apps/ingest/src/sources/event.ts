import { createHash } from 'node:crypto';
import type { EventAction, Severity } from '@signalbox/contracts';
import type { Image, Link, SourceEvent } from './contract.js';
import { address, fields, instant, text, type Fields } from './reading.js';

const KEY_LIMIT = 255;
const SUMMARY_LIMIT = 1024;
const LINE_LIMIT = 255;
const DEPTH_LIMIT = 64;

/** What a source read, before its texts, times and addresses are made safe. */
export interface EventDraft {
  readonly action: EventAction;
  readonly dedupKey: string;
  readonly summary: string;
  readonly source: string;
  readonly severity: Severity;
  readonly occurredAt?: unknown;
  readonly component?: unknown;
  readonly group?: unknown;
  readonly class?: unknown;
  readonly details?: Fields;
  /** `{href, text?}`; whatever has no address that may be linked is left out. */
  readonly links?: readonly unknown[];
  /** `{src, href?, alt?}`; whatever is not https is left out. */
  readonly images?: readonly unknown[];
  readonly client?: unknown;
  readonly clientUrl?: unknown;
}

/** An event within the limits of the bus: keys and texts cleaned and cut, times in UTC, addresses that may be clicked. */
export function event(draft: EventDraft): SourceEvent {
  const dedupKey = cleanKey(draft.dedupKey);
  const made: Mutable<SourceEvent> = {
    action: draft.action,
    dedupKey,
    summary: line(draft.summary, SUMMARY_LIMIT) ?? dedupKey,
    source: line(draft.source) ?? 'unknown',
    severity: draft.severity,
    details: shallow(draft.details ?? {}),
    links: (draft.links ?? []).flatMap(link),
  };
  const images = draft.images?.flatMap(image) ?? [];
  set(made, 'occurredAt', instant(draft.occurredAt));
  set(made, 'component', line(draft.component));
  set(made, 'group', line(draft.group));
  set(made, 'class', line(draft.class));
  set(made, 'images', images.length > 0 ? images : undefined);
  set(made, 'client', line(draft.client));
  set(made, 'clientUrl', address(draft.clientUrl));
  return made;
}

/** A name for what has none of its own: the same for the same parts. */
export function digest(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

// Without the `u` flag, for speed; whole surrogate pairs are caught too, and then survive the slow way.
const UNCLEAN = /[\u0000-\u001f\u007f-\u009f\ud800-\udfff]/;
const UNTIDY = /[\u0000-\u001f\u007f-\u009f\ud800-\udfff]|^\s|\s\s|\s$/;
const CONTROL = /\p{Cc}/gu;
const LONE_SURROGATE = /\p{Surrogate}/gu;

/** A dedup key without control characters; a long one keeps its beginning and gets a digest of the whole. */
export function cleanKey(key: string): string {
  const clean = UNCLEAN.test(key) ? key.replace(CONTROL, '').replace(LONE_SURROGATE, '\uFFFD') : key;
  if (clean === '') return digest(key);
  return clean.length <= KEY_LIMIT ? clean : `${cut(clean, KEY_LIMIT - 33)}-${digest(clean)}`;
}

/** Text on one line, of at most `limit` UTF-16 units, cut between code points; undefined when nothing is left. */
function line(value: unknown, limit = LINE_LIMIT): string | undefined {
  const raw = text(value);
  if (raw === undefined) return undefined;
  const start = raw.length > 8 * limit ? raw.slice(0, 8 * limit) : raw;
  const clean = UNTIDY.test(start) ? start.replace(LONE_SURROGATE, '\uFFFD').replace(/[\s\p{Cc}]+/gu, ' ').trim() : start;
  if (clean === '') return undefined;
  return clean.length <= limit ? clean : `${cut(clean, limit - 1)}…`;
}

function cut(value: string, limit: number): string {
  const last = value.charCodeAt(limit - 1);
  return value.slice(0, last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit);
}

function link(value: unknown): Link[] {
  const { href, text: label } = fields(value);
  const safe = address(href);
  if (safe === undefined) return [];
  const made: Link = { href: safe };
  set(made, 'text', line(label));
  return [made];
}

function image(value: unknown): Image[] {
  const { src, href, alt } = fields(value);
  const safe = address(src, ['https:']);
  if (safe === undefined) return [];
  const made: Image = { src: safe };
  set(made, 'href', address(href));
  set(made, 'alt', line(alt));
  return [made];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Sets an optional field when there is something to set: an absent field is no field. */
function set<T, K extends keyof T>(made: T, key: K, value: T[K] | undefined): void {
  if (value !== undefined) made[key] = value;
}

/** The same details, with whatever lies too deep replaced: serialisers recurse, and 512 KB of `[` would end them. */
function shallow(details: Fields): Record<string, unknown> {
  return deeperThan(DEPTH_LIMIT, details) ? cutBelow(DEPTH_LIMIT, details) as Record<string, unknown> : details;
}

function deeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const key in value) if (deeperThan(levels - 1, (value as Fields)[key])) return true;
  return false;
}

function cutBelow(levels: number, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return '[nested too deeply]';
  if (Array.isArray(value)) return value.map((item) => cutBelow(levels - 1, item));
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, cutBelow(levels - 1, child)]));
}
