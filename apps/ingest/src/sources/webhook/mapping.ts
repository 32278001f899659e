import { Type, type Static } from '@sinclair/typebox';
import { SEVERITY_NAMES } from '../severity.js';

const PATH_PATTERN = '^(?:[^.\\[\\]"]+|\\[\\d+\\]|\\[["\'][^"\']+["\']\\])(?:\\.[^.\\[\\]"]+|\\[\\d+\\]|\\[["\'][^"\']+["\']\\])*$';

function path(title: string, description: string) {
  return Type.Optional(Type.String({
    title, description, minLength: 1, maxLength: 512, pattern: PATH_PATTERN,
    problem: 'must be a path such as alert.title, alerts[0].id or labels["app.kubernetes.io/name"]',
  }));
}

function values(title: string, description: string) {
  return Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 255 }), { title, description, maxItems: 100 }));
}

/** Where a sender's body holds what an alert needs. Every field may be left out: then the usual names are tried. */
export const WebhookMapping = Type.Object({
  summaryField: path('Summary field', 'Path to the title of the alert'),
  severityField: path('Severity field', 'Path to the severity'),
  dedupKeyField: path('Deduplication key field', 'Path to what stays the same from the first message of an alert to its last'),
  actionField: path('Action field', 'Path to the word that tells opened from closed'),
  sourceField: path('Source field', 'Path to the name of what the alert is about'),
  triggerValues: values('Trigger values', 'Words of the action field that open an alert'),
  acknowledgeValues: values('Acknowledge values', 'Words of the action field that acknowledge it'),
  resolveValues: values('Resolve values', 'Words of the action field that close it'),
  severityValues: Type.Optional(Type.Record(Type.String({ minLength: 1, maxLength: 255 }), Type.Union(SEVERITY_NAMES.map((name) => Type.Literal(name))), {
    title: 'Severity values', description: 'The sender\'s words to severities', maxProperties: 100,
    problem: `must map words to one of: ${SEVERITY_NAMES.join(', ')}`,
  })),
}, { additionalProperties: false });

export type WebhookMapping = Static<typeof WebhookMapping>;
