import type { Severity } from '@signalbox/contracts';
import { ignored, problem, type SourceResult } from '../contract.js';
import { event } from '../event.js';
import { meaning, type Words } from '../meaning.js';
import { fields, firstText, isFields, said, text, word, type Fields } from '../reading.js';
import { repositoryOf } from './repository.js';

/** developer.atlassian.com, "Commit statuses" (Cloud) and "Updating build status for commits" (Data Center): states. */
const STATES: Words = {
  failed: 'trigger', successful: 'resolve',
  inprogress: 'ignored', in_progress: 'ignored', pending: 'ignored', stopped: 'ignored', cancelled: 'ignored', canceled: 'ignored', unknown: 'ignored',
};

/** What Bitbucket Pipelines calls its runs. Its keys are not documented to be the same from run to run, its names are but for the number. */
const PIPELINE = /^Pipeline #\d+\s/i;

/** The build status in a body: of a webhook, or the body as a build server posts it to Bitbucket itself. Undefined when there is none. */
export function buildStatusIn(body: Fields): Fields | undefined {
  const held = [body.commit_status, body.commitStatus, body.build_status, body.buildStatus, body.build].find(isFields);
  if (held !== undefined) return held;
  return text(body.state) !== undefined && firstText(body.key, body.name, body.url) !== undefined ? body : undefined;
}

/** A red or green build of a commit: what Pipelines and other build servers report. */
export function readBuildStatus(body: Fields, status: Fields, severity: (word: string) => Severity): SourceResult {
  const state = word(status.state);
  if (state === undefined) return problem('commit_status.state', 'is missing: it says whether the build is red or green');
  const action = meaning(state, STATES);
  if (action === 'ignored') return ignored(`the build is '${state}', which is neither red nor green`);
  const repository = repositoryOf(body, status, fields(status.commit));
  const name = firstText(status.name, status.key) ?? 'Build';
  const isPipeline = PIPELINE.test(name);
  const identity = isPipeline ? name.replace(PIPELINE, 'Pipeline ') : firstText(status.key, status.name) ?? 'build';
  const ref = firstText(status.refname, status.ref, fields(status.ref).displayId)?.replace(/^refs\/heads\//, '');
  const commit = fields(status.commit);
  return {
    kind: 'events',
    events: [event({
      action,
      dedupKey: `bitbucket-build-${repository.identity}-${identity}${ref === undefined ? '' : `-${ref}`}`,
      summary: `${name} ${outcome(state)}${isPipeline || ref === undefined ? '' : ` on ${ref}`} (${repository.name})`,
      source: repository.name,
      severity: severity(state),
      occurredAt: firstText(status.updated_on, status.created_on, status.updatedDate, status.lastUpdated, status.dateAdded, body.date),
      component: name.replace(PIPELINE, 'Pipeline '), group: ref, class: 'build',
      details: said({
        repository: repository.name, state, ref, key: status.key, description: status.description, buildNumber: status.buildNumber,
        commit: firstText(commit.hash, commit.id, status.commitId), commitMessage: commit.message, author: fields(commit.author).raw,
        actor: firstText(fields(body.actor).display_name, fields(body.actor).displayName),
      }),
      links: [
        { href: status.url, text: 'Build' },
        { href: fields(fields(commit.links).html).href, text: 'Commit' },
        { href: repository.url, text: repository.name },
      ],
      client: 'Bitbucket',
      clientUrl: repository.url,
    })],
  };
}

const OUTCOMES: Readonly<Record<string, string>> = { successful: 'succeeded', failed: 'failed' };

function outcome(state: string): string {
  return Object.hasOwn(OUTCOMES, state) ? OUTCOMES[state]! : `is '${state}'`;
}
