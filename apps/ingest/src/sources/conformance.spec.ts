import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Type } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { Event } from '@signalbox/contracts';
import type { Severity } from '@signalbox/contracts';
import { mutated, randomNumbers, textOf } from '@signalbox/testing';
import { FORM_TYPE, type Source, type SourceEvent, type SourceInput, type SourceResult } from './contract.js';
import { SOURCES, sourceOf } from './registry.js';

/**
 * What every source keeps, run over every line of the registry. A source's `fixtures/` hold
 * - `<name>.json`: a body in the sender's documented shape, our own values; `<name>.request.json`: its headers and config, where they matter
 * - `<name>.expected.json`: what `parse` makes of it (write them anew with UPDATE_GOLDEN=1, and read the diff)
 * - `pair-<x>.firing.json` and `pair-<x>.resolved.json`: one opens what the other closes
 * - `ignored-<x>.json` and `problem-<x>.json`: what their names say.
 */
interface Fixture { readonly name: string; readonly path: string; readonly bodyText: string; readonly request: Partial<SourceInput> }

const MUTATIONS = 10_000;
const eventOnTheBus = TypeCompiler.Compile(Type.Omit(Event, ['id', 'traceId', 'scopeId', 'serviceId', 'integrationId', 'acceptedAt']));

function folderOf(source: Source): string {
  return join(__dirname, source.type);
}

function fixturesOf(source: Source): Fixture[] {
  const folder = join(folderOf(source), 'fixtures');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((file) => /^(?!.*\.(request|expected)\.json$).*\.json$/.test(file)).map((file) => {
    const path = join(folder, file.replace(/\.json$/, ''));
    const request = existsSync(`${path}.request.json`) ? JSON.parse(readFileSync(`${path}.request.json`, 'utf8')) as Partial<SourceInput> : {};
    return { name: basename(path), path, bodyText: readFileSync(`${path}.json`, 'utf8'), request };
  });
}

function inputOf(fixture: Fixture, body: unknown = JSON.parse(fixture.bodyText), more: Partial<SourceInput> = {}): SourceInput {
  return { headers: {}, query: {}, config: {}, requestId: 'request-1', rawBody: Buffer.from(fixture.bodyText), ...fixture.request, body, ...more };
}

function eventsOf(result: SourceResult): readonly SourceEvent[] {
  return result.kind === 'events' ? result.events : [];
}

function check(result: SourceResult): void {
  if (result.kind === 'ignored' && result.reason.trim() === '') throw new Error('ignored without a reason');
  const errors = result.kind === 'problem' ? result.errors : result.kind === 'events' ? (result.rejected ?? []).flatMap((one) => one.errors) : [];
  if (result.kind === 'problem' && errors.length === 0) throw new Error('a problem without errors');
  for (const { path, message } of errors) if (path === '' || message === '') throw new Error(`an error without path or message: ${JSON.stringify(errors)}`);
  if (result.kind === 'events' && result.events.length === 0) throw new Error('no events');
  for (const event of eventsOf(result)) {
    const wire = JSON.stringify(event);
    if (!eventOnTheBus.Check(event)) throw new Error(`does not fit the bus: ${JSON.stringify(eventOnTheBus.Errors(event).First())} in ${wire}`);
    if (/[\p{Cc}\p{Surrogate}]/u.test(event.dedupKey + event.summary + event.source)) throw new Error(`control characters or halves of characters: ${wire}`);
    if (event.summary.trim() === '' || event.source.trim() === '') throw new Error(`blank: ${wire}`);
    if (!event.links.every(({ href }) => /^https?:/i.test(href))) throw new Error(`a link that must not be clicked: ${wire}`);
  }
}

test('every type is known by its name and no other', () => {
  expect(SOURCES.map(({ type }) => sourceOf(type))).toEqual([...SOURCES]);
  expect(new Set(SOURCES.map(({ type }) => type)).size).toBe(SOURCES.length);
  expect(sourceOf('constructor')).toBeUndefined();
});

describe.each(SOURCES.map((source: Source) => [source.type, source] as const))('%s', (type, source) => {
  const fixtures = fixturesOf(source);
  const named = (prefix: string): Fixture[] => fixtures.filter(({ name }) => name.startsWith(prefix));

  test('has fixtures of a pair and of a body that it refuses', () => {
    expect(named('pair-').length).toBeGreaterThanOrEqual(2);
    expect(named('problem-').length).toBeGreaterThanOrEqual(1);
  });

  test('declares what it takes, its severities and how it may be signed', () => {
    expect(source.methods.length).toBeGreaterThan(0);
    expect(source.contentTypes.length).toBeGreaterThan(0);
    expect(source.contentTypes.every((taken) => taken === taken.toLowerCase())).toBe(true);
    expect(source.severities.map(({ from }) => from)).toContain('');
    expect(source.severities.every(({ from }) => from === from.toLowerCase())).toBe(true);
    expect(source.signature.length).toBeGreaterThan(0);
  });

  test('its README tells its user the address, the key and the severities', () => {
    const readme = readFileSync(join(folderOf(source), 'README.md'), 'utf8');
    expect(readme).toContain(`/api/integrations/${type}?integrationId=`);
    for (const heading of ['## Set up', '## Check', '## Severity', '## Dedup key']) expect(readme).toContain(heading);
    if (source.successStatus !== undefined) expect(readme).toContain(`answered with ${source.successStatus}`);
    for (const { from, to } of source.severities) {
      expect(readme).toContain(`| ${from === '' ? 'none given' : from === '*' ? 'any other' : `\`${from}\``} | ${to} |`);
    }
  });

  test.each(source.kinds.map((kind) => [kind.when, kind] as const))('its table tells the truth of: %s', (_, { action, key, severity, fixture: name }) => {
    const fixture = fixtures.find((one) => one.name === name)!;
    const result = source.parse(inputOf(fixture));
    if (action === 'ignored') return expect(result.kind).toBe('ignored');
    const made = eventsOf(result).find((event) => event.action === action)!;
    expect(made.dedupKey).toMatch(new RegExp(`^${key!.split(/<[^>]+>/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.+')}$`));
    if (severity !== undefined) expect(made.severity).toBe(severity);
  });

  test('its test alert opens one incident and closes it again', () => {
    const [firing, resolved] = [source.testAlert.firing, source.testAlert.resolved].map(({ headers = {}, body }) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      return eventsOf(source.parse({ body: parsed(text, headers), rawBody: Buffer.from(text), headers, query: {}, config: {}, requestId: 'request-1' }));
    });
    expect(firing!.map(({ action }) => action)).toEqual(['trigger']);
    expect(resolved!.map(({ action, dedupKey }) => [action, dedupKey])).toEqual([['resolve', firing![0]!.dedupKey]]);
    expect(source.contentTypes).toContain(((source.testAlert.firing.headers ?? {})['content-type'] ?? 'application/json').split(';', 1)[0]);
  });

  test.each(fixtures.map((fixture) => [fixture.name, fixture] as const))('%s means what is expected', (name, fixture) => {
    const result = source.parse(inputOf(fixture));
    check(result);
    if (name.startsWith('ignored-') || name.startsWith('problem-')) expect(result.kind).toBe(name.split('-')[0]);
    else expect(result.kind).toBe('events');
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(`${fixture.path}.expected.json`, `${JSON.stringify(result, null, 2)}\n`);
    expect(result).toEqual(JSON.parse(readFileSync(`${fixture.path}.expected.json`, 'utf8')));
  });

  test.each(named('pair-')
    .filter(({ name }) => name.endsWith('.firing'))
    .map((firing) => [firing.name, firing] as const))('%s is closed by its other half', (name, firing) => {
    const resolved = fixtures.find((fixture) => fixture.name === name.replace(/\.firing$/, '.resolved'))!;
    const opened = eventsOf(source.parse(inputOf(firing)));
    const closed = eventsOf(source.parse(inputOf(resolved)));
    expect(opened.map(({ action }) => action)).toEqual(opened.map(() => 'trigger'));
    expect(closed.map(({ action }) => action)).toEqual(closed.map(() => 'resolve'));
    expect(new Set(closed.map(({ dedupKey }) => dedupKey))).toEqual(new Set(opened.map(({ dedupKey }) => dedupKey)));
  });

  test.each<Severity>(['critical', 'error', 'warning', 'info'])('an integration can make everything %s', (severity) => {
    const severities = Object.fromEntries([...source.severities.map(({ from }) => from.toUpperCase()), '*'].map((from) => [from, severity]));
    const unmapped = fixtures.filter(({ request }) => request.config === undefined);
    const triggers = unmapped.flatMap((fixture) => eventsOf(
      source.parse(inputOf(fixture, undefined, { severities })),
    )).filter(({ action }) => action === 'trigger');
    expect(triggers.length).toBeGreaterThan(0);
    expect(triggers.filter((event) => event.severity !== severity)).toEqual([]);
  });

  test(`survives ${MUTATIONS} bodies that nobody documented`, () => {
    const random = randomNumbers(20_261_121);
    for (let round = 0; round < MUTATIONS; round += 1) {
      const fixture = fixtures[round % fixtures.length]!;
      const body = mutated(JSON.parse(fixture.bodyText), random);
      try {
        check(source.parse(inputOf(fixture, body)));
      } catch (error) {
        throw new Error(`round ${round}, ${fixture.name}: ${textOf(body).slice(0, 4000)}`, { cause: error });
      }
    }
  });
});

/** As the gateway parses a body. */
function parsed(text: string, headers: Readonly<Record<string, string>>): unknown {
  return headers['content-type'] === FORM_TYPE ? Object.fromEntries(new URLSearchParams(text)) : JSON.parse(text);
}
