import { fields, isFields, jsonFields, list, type Fields } from '../reading.js';

/** One alert of a body. */
export interface Found {
  /** Names it in faults: '' or `alerts[2].`. */
  readonly path: string;
  readonly fields: unknown;
  /** Which list of a summary it stood in. */
  readonly listed?: 'new' | 'ongoing' | 'recovered';
}

const SUMMARY_LISTS = ['new', 'ongoing', 'recovered'] as const;

/**
 * The alerts of a body: a list; `alerts` of a summary action (`{new, ongoing, recovered}`, each with
 * `data`); `context.alerts` of detection rules; else the body itself; a text is a watch's.
 */
export function alertsIn(body: unknown): readonly Found[] | undefined {
  if (Array.isArray(body)) return [...body].map((one, index) => ({ path: `[${index}].`, fields: isFields(one) ? unwrapped(one) : one }));
  if (typeof body === 'string') return watchIn(body);
  if (!isFields(body)) return undefined;
  const plain = unwrapped(body);
  return summarised(jsonFields(plain.alerts) ?? plain, plain)
    ?? listed('alerts', plain.alerts, plain)
    ?? listed('context.alerts', fields(plain.context).alerts, plain)
    ?? [{ path: '', fields: plain }];
}

/** The only body of the "Webhook action" page of Watcher's documentation: `{{ctx.watch_id}}:{{ctx.payload.hits.total}}`. */
function watchIn(body: string): readonly Found[] | undefined {
  const [, watch, hits] = /^\s*([^\s:]{1,200}):(\d{1,15})\s*$/.exec(body) ?? [];
  return watch === undefined ? undefined : [{ path: '', fields: { watch_id: watch, message: `${watch}: ${hits} hits` } }];
}

function summarised(summary: Fields, envelope: Fields): readonly Found[] | undefined {
  if (!SUMMARY_LISTS.some((name) => Array.isArray(fields(summary[name]).data))) return undefined;
  const about = { rule: envelope.rule, kibanaBaseUrl: envelope.kibanaBaseUrl };
  return SUMMARY_LISTS.flatMap((name) => [...list(fields(summary[name]).data)].map((one, index) => (
    { path: `alerts.${name}.data[${index}].`, fields: isFields(one) ? { ...about, ...one } : one, listed: name }
  )));
}

/** Alert documents; what they leave out (the rule, mostly) is taken from around them. */
function listed(name: string, value: unknown, envelope: Fields): readonly Found[] | undefined {
  if (!Array.isArray(value) || !value.some(isFields)) return undefined;
  const { alerts: _, context, ...around } = envelope;
  return [...value as unknown[]].map((one, index) => ({
    path: `${name}[${index}].`,
    fields: isFields(one) ? { ...around, context: { ...fields(context), alerts: undefined }, ...one } : one,
  }));
}

const MAYBE_JSON = ['rule', 'alert', 'context', 'alerts', 'state', 'params', 'metadata', 'payload', 'ctx', 'case', 'kibana', 'signal'];

/** A body without its wrapping: Keep's `webhook_body`, a connector's `subActionParams`, ITOM's `additional_info`, objects that Mustache made texts of. */
function unwrapped(body: Fields): Fields {
  const keep = fields(body.webhook_body);
  const itom = jsonFields(body.additional_info) ?? jsonFields(fields(body.subActionParams).additional_info);
  const parts: Record<string, unknown> = {
    ...body, ...fields(body.subActionParams), ...itom,
    ...(isFields(body.webhook_body) && {
      webhook_body: undefined, rule: jsonFields(keep.rule_info), alert: jsonFields(keep.alert_info),
      context: jsonFields(keep.context_info),
    }),
  };
  for (const name of MAYBE_JSON) {
    const value = parts[name];
    if (typeof value === 'string' && /^\s*[[{]/.test(value)) parts[name] = parsedOr(value);
  }
  return parts;
}

/** A text as the JSON that it is, or as it is. */
function parsedOr(value: string): unknown {
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
