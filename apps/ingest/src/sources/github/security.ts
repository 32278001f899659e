import type { EventAction } from '@signalbox/contracts';
import type { Words } from '../meaning.js';
import { fields, firstText, list, said, text, word, type Fields } from '../reading.js';
import { NO_REPOSITORY, alert, ignored, missing, repositoryOf, type Reader, type Reading } from './reading.js';

/**
 * docs.github.com, REST "code scanning", "Dependabot alerts", "secret scanning": the states of an alert.
 * They outrank the action: a dismissed alert that turns up in another branch stays dismissed.
 */
const STATES: Words = { open: 'trigger', fixed: 'resolve', dismissed: 'resolve', auto_dismissed: 'resolve', resolved: 'resolve' };

/** docs.github.com, "Webhook events and payloads": the actions of the alert events, for bodies that carry no state. */
const ACTIONS: Words = {
  created: 'trigger', create: 'trigger', reopened: 'trigger', reopen: 'trigger', reopened_by_user: 'trigger', auto_reopened: 'trigger', reintroduced: 'trigger',
  appeared_in_branch: 'trigger', publicly_leaked: 'trigger',
  fixed: 'resolve', closed_by_user: 'resolve', dismissed: 'resolve', dismiss: 'resolve',
  auto_dismissed: 'resolve', resolved: 'resolve', resolve: 'resolve', revoked: 'resolve',
  assigned: 'ignored', unassigned: 'ignored', assignees_changed: 'ignored', updated_assignment: 'ignored', validated: 'ignored',
};

interface SecurityAlert {
  readonly keyWord: string;
  readonly identity: unknown;
  readonly identityPath: string;
  /** The id is GitHub's own, and no repository's count: it names the alert where the body names no repository. */
  readonly isUnique?: true;
  readonly summary: string;
  readonly severityWord: string | undefined;
  readonly component?: unknown;
  readonly details: Fields;
  readonly links?: readonly unknown[];
}

export const codeScanningAlert: Reader = (body) => {
  const found = fields(body.alert);
  const rule = fields(found.rule);
  const tool = text(fields(found.tool).name);
  const instance = fields(found.most_recent_instance ?? list(found.instances)[0]);
  return read(body, found, {
    keyWord: 'code-scanning', identity: found.number, identityPath: 'alert.number',
    summary: `${tool ?? 'Code scanning'}: ${firstText(rule.description, rule.name, rule.id) ?? 'alert'}`,
    severityWord: firstText(rule.security_severity_level, rule.severity),
    component: fields(instance.location).path,
    details: { rule: rule.id, tool, ref: firstText(instance.ref, body.ref), location: instance.location, reason: found.dismissed_reason },
  });
};

export const dependabotAlert: Reader = (body) => {
  const found = fields(body.alert);
  const advisory = fields(found.security_advisory);
  const weakness = fields(found.security_vulnerability);
  const dependency = fields(found.dependency);
  const packageName = firstText(fields(dependency.package).name, fields(weakness.package).name);
  return read(body, found, {
    keyWord: 'dependabot', identity: found.number, identityPath: 'alert.number',
    summary: `${packageName ?? 'A dependency'}: ${firstText(advisory.summary, advisory.ghsa_id) ?? 'vulnerable'}`,
    severityWord: firstText(weakness.severity, advisory.severity),
    component: packageName,
    details: {
      package: packageName, manifest: dependency.manifest_path, ghsa: advisory.ghsa_id, cve: advisory.cve_id,
      vulnerableRange: weakness.vulnerable_version_range, fixedIn: fields(weakness.first_patched_version).identifier, reason: found.dismissed_reason,
    },
  });
};

export const secretScanningAlert: Reader = (body) => {
  const found = fields(body.alert);
  const kind = firstText(found.secret_type_display_name, found.secret_type);
  return read(body, found, {
    keyWord: 'secret-scanning', identity: found.number, identityPath: 'alert.number',
    summary: `Secret in the repository: ${kind ?? 'of an unknown kind'}`,
    severityWord: 'secret',
    component: kind,
    details: { secretType: found.secret_type, validity: found.validity, resolution: found.resolution, publiclyLeaked: found.publicly_leaked },
  });
};

/** The forerunner of `dependabot_alert`, which GitHub Enterprise still sends. */
export const repositoryVulnerabilityAlert: Reader = (body) => {
  const found = fields(body.alert);
  return read(body, found, {
    keyWord: 'vulnerability', identity: found.id ?? found.number, identityPath: 'alert.id', ...(found.id !== undefined && { isUnique: true }),
    summary: `${text(found.affected_package_name) ?? 'A dependency'}: ${firstText(found.external_identifier, found.ghsa_id) ?? 'vulnerable'}`,
    severityWord: text(found.severity),
    component: found.affected_package_name,
    details: {
      package: found.affected_package_name, vulnerableRange: found.affected_range, fixedIn: found.fixed_in,
      ghsa: found.ghsa_id, cve: found.external_identifier,
    },
    links: [{ href: found.external_reference, text: 'Advisory' }],
  });
};

function read(body: Fields, found: Fields, about: SecurityAlert): Reading {
  if (Object.keys(found).length === 0) return missing('alert', 'is missing');
  const action = word(body.action) ?? '';
  const means = meaningOf(action, word(found.state));
  if (means === 'ignored') return ignored(`'${action}' changes nothing about whether the alert is open`);
  const repository = repositoryOf(body);
  if (repository === undefined && about.isUnique !== true) return NO_REPOSITORY;
  const identity = text(about.identity);
  if (identity === undefined) return missing(about.identityPath, 'is missing: it says which alert this is');
  return alert({
    action: means,
    dedupKey: ['github', about.keyWord, repository?.identity, identity].filter((part) => part !== undefined).join('-'),
    summary: repository === undefined ? about.summary : `${about.summary} (${repository.name})`,
    severityWord: about.severityWord,
    occurredAt: means === 'resolve'
      ? firstText(found.fixed_at, found.resolved_at, found.dismissed_at, found.updated_at)
      : firstText(found.created_at, found.updated_at),
    component: about.component, class: about.keyWord,
    details: said({ repository: repository?.name, number: found.number, action, state: found.state, ...about.details }),
    links: [{ href: found.html_url, text: 'Alert' }, ...(about.links ?? [])],
  });
}

function meaningOf(action: string, state: string | undefined): EventAction | 'ignored' {
  const byAction = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (byAction === 'ignored') return 'ignored';
  const byState = state !== undefined && Object.hasOwn(STATES, state) ? STATES[state] : undefined;
  return byState ?? byAction ?? 'trigger';
}
