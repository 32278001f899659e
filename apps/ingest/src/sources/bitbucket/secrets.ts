import type { Severity } from '@signalbox/contracts';
import { ignored, problem, type SourceResult } from '../contract.js';
import { digest, event } from '../event.js';
import { fields, firstText, said, text, type Fields } from '../reading.js';
import { repositoryOf } from './repository.js';

/** Data Center's `repo:secret_detected`: every place of a secret in what was pushed is one event. Nothing tells that a secret was withdrawn. */
export function readSecrets(body: Fields, severity: (word: string) => Severity): SourceResult {
  if (!Array.isArray(body.secretLocations)) return problem('secretLocations', 'is missing: it says where the secrets are');
  if (body.secretLocations.length === 0) return ignored('no secret was found');
  const events = [...body.secretLocations].map((value: unknown) => {
    const location = fields(value);
    const repository = repositoryOf(location, body);
    const place = firstText(location.path) ?? 'a file';
    const rule = firstText(location.ruleName, fields(location.rule).name) ?? 'unknown rule';
    return event({
      action: 'trigger',
      dedupKey: `bitbucket-secret-${repository.identity}-${digest(rule, place, text(location.line) ?? '', text(location.commitId) ?? '')}`,
      summary: `Secret in ${place}: ${rule} (${repository.name})`,
      source: repository.name,
      severity: severity('secret'),
      occurredAt: body.date,
      component: place, class: 'secret',
      details: said({
        repository: repository.name, path: location.path, line: location.line,
        commit: location.commitId, rule, pushedBy: fields(body.actor).displayName,
      }),
      links: [{ href: repository.url, text: repository.name }],
      client: 'Bitbucket',
      clientUrl: repository.url,
    });
  });
  return { kind: 'events', events };
}
