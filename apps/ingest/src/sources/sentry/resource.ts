import { fields, isFields, jsonFields, text, type Fields } from '../reading.js';

/** What only the bodies of one hook hold: for the legacy plugin and service hooks, which have no header, and for senders that lose it. */
const BY_SHAPE: readonly (readonly [resource: string, fits: (body: Fields, data: Fields) => boolean])[] = [
  ['metric_alert', (_, data) => isFields(data.metric_alert)],
  ['comment', (_, data) => text(data.comment_id) !== undefined],
  ['installation', (_, data) => isFields(data.installation)],
  ['activity_alert', (_, data) => isFields(data.activity) && isFields(data.issue)],
  ['issue', (_, data) => isFields(data.issue)],
  ['event_alert', (_, data) => isFields(data.event)],
  ['error', (_, data) => isFields(data.error)],
  ['seer', (_, data) => text(data.run_id) !== undefined && text(data.group_id) !== undefined],
  ['issue', (body) => isFields(body.issue)],
  ['service_hook', (body) => isFields(body.group) && (isFields(body.event) || isFields(body.project))],
  [
    'plugin',
    (body) => isFields(body.event) || text(body.project_name) !== undefined || text(body.project_slug) !== undefined || text(body.culprit) !== undefined,
  ],
  ['plugin', (body) => text(body.level) !== undefined && (text(body.message) !== undefined || text(body.url) !== undefined)],
];

/** `data` of a hook, also when a proxy made a text of it. */
export function dataOf(body: Fields): Fields {
  return jsonFields(body.data) ?? fields(undefined);
}

/** The resource of a hook by what the body holds; undefined when that does not tell. */
export function resourceByShape(body: Fields): string | undefined {
  return BY_SHAPE.find(([, fits]) => fits(body, dataOf(body)))?.[0];
}
