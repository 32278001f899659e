import { configFaults, dotted } from '@signalbox/adapter-config';
import { badRequest } from '@signalbox/http-api';
import type { TObject } from '@sinclair/typebox';
import type { Source } from '../sources/contract.js';
import { SOURCES, sourceOf } from '../sources/registry.js';
import { severityNamed } from '../sources/severity.js';

export function checkType(type: string): Source {
  const source = sourceOf(type);
  if (source !== undefined) return source;
  throw badRequest([{ path: 'type', message: `is not a known source: one of ${SOURCES.map((s) => s.type).join(', ')}` }]);
}

/** The mapping of a source that has one, checked against its schema. All faults at once, named by path. */
export function checkConfig(source: Source, mapping: Record<string, unknown> | undefined): Record<string, unknown> {
  if (mapping === undefined) return {};
  if (source.config === undefined) {
    throw badRequest([{ path: 'mapping', message: `is not for ${source.displayName}: its payloads are understood as they are` }]);
  }
  const faults = configFaults({ config: source.config as TObject }, mapping, { noun: 'mapping', pathOf: (keys) => dotted(['mapping', ...keys]) });
  if (faults.length > 0) throw badRequest(faults);
  return mapping;
}

/** An override of the severity table: every value a severity or an alias of one. Null when none is given. */
export function checkSeverities(table: Record<string, string> | undefined): Record<string, string> | null {
  if (table === undefined) return null;
  const faults = Object.entries(table).filter(([, value]) => typeof value !== 'string' || severityNamed(value) === undefined)
    .map(([word]) => ({ path: `severities.${word}`, message: 'must be critical, error, warning, info, high, medium or low' }));
  if (faults.length > 0) throw badRequest(faults);
  return table;
}

/** Headers as a source gets them, their names in lower case. Every value a text. */
export function checkHeaders(headers: Record<string, unknown> = {}): Record<string, string> {
  const faults = Object.entries(headers)
    .filter(([, value]) => typeof value !== 'string')
    .map(([name]) => ({ path: `headers.${name}`, message: 'must be a text' }));
  if (faults.length > 0) throw badRequest(faults);
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
}
