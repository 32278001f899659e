import type { Headers } from '../sources/contract.js';

/** Headers that say or prove who sends, by the words in their names. */
const SECRET_HEADER = /authori[sz]ation|x-auth|cookie|secret|passw|token|signature|credential|session|(?:api|integration|routing|access)[-_]?key/;
/** Headers of ours: a sender's word for them is not kept. */
const OUR_HEADER = /^x-signalbox-/;
const SECRET_FIELDS = 'shared_secret|routing_key|integration_key|service_key|api_key';
const SECRET_PARAMETER = new RegExp(`^(?:key|token|access_token|secret|signature|password|apikey|${SECRET_FIELDS})$`, 'i');

// An unterminated text is a secret to the end: broken bodies are just what is kept here.
const IN_JSON = new RegExp(`("(?:${SECRET_FIELDS})"\\s*:\\s*")((?:[^"\\\\]|\\\\[^])*)`, 'gi');
const IN_FORM = new RegExp(`((?:^|[?&])(?:${SECRET_FIELDS})=)([^&\\s"'<>\\\\]*)`, 'gi');

/**
 * The same bytes with every secret overwritten by as many asterisks: the texts of fields that hold one by their name (Honeycomb's `shared_secret`,
 * PagerDuty's `routing_key`), and `known` ones wherever they stand, plain or escaped as JSON or in a form. All other bytes stay as they are.
 */
export function withoutSecrets(raw: Buffer, known: readonly string[]): Buffer {
  // One character a byte: so that what is no UTF-8 survives, and lengths stay.
  let text = raw.toString('latin1');
  text = text.replace(IN_JSON, starred).replace(IN_FORM, starred);
  for (const form of formsOf(known)) text = text.replaceAll(form, '*'.repeat(form.length));
  return Buffer.from(text, 'latin1');
}

/** The headers that a replay may need: none that says or proves who sends, and no known secret in any other. */
export function headersWithoutSecrets(headers: Headers, known: readonly string[]): Record<string, string> {
  const forms = formsOf(known);
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => {
    if (typeof value !== 'string' || SECRET_HEADER.test(name) || OUR_HEADER.test(name)) return [];
    return [[name, forms.reduce((text, form) => text.replaceAll(form, '*'.repeat(form.length)), value)]];
  }));
}

/** The query without the parameters that a sender may show its key in, and without a known secret in any other. */
export function queryWithoutSecrets(query: URLSearchParams | undefined, known: readonly string[]): URLSearchParams {
  const secrets = known.filter((secret) => secret !== '');
  return new URLSearchParams([...query ?? []].filter(([name]) => !SECRET_PARAMETER.test(name))
    .map(([name, value]): [string, string] => [name, secrets.reduce((text, secret) => text.replaceAll(secret, '*'.repeat(secret.length)), value)]));
}

function starred(_match: string, before: string, secret: string): string {
  return before + '*'.repeat(secret.length);
}

function formsOf(known: readonly string[]): string[] {
  const forms = known.filter((secret) => secret !== '').flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
  return [...new Set(forms)].map((form) => Buffer.from(form).toString('latin1'));
}
