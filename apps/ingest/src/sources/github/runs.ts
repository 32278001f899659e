import { meaning, type Words } from '../meaning.js';
import { fields, firstText, list, said, text, word, type Fields } from '../reading.js';
import { NO_REPOSITORY, alert, ignored, missing, repositoryOf, type Reader, type Reading } from './reading.js';

/** docs.github.com, REST "checks": conclusions. What says neither red nor green changes nothing. */
const CONCLUSIONS: Words = {
  failure: 'trigger', timed_out: 'trigger', startup_failure: 'trigger',
  success: 'resolve',
  neutral: 'ignored', cancelled: 'ignored', skipped: 'ignored', stale: 'ignored', action_required: 'ignored',
};

const OUTCOMES: Readonly<Record<string, string>> = { success: 'passed', failure: 'failed', timed_out: 'timed out', startup_failure: 'failed to start' };

/** A thing that ran: a workflow, a job, a check. */
interface Run {
  readonly event: string;
  readonly fields: Fields;
  /** What stays the same from one run to the next; undefined when the body does not tell. */
  readonly identity: string | undefined;
  readonly identityPath: string;
  readonly name: string;
  readonly branch: unknown;
  readonly details: Fields;
}

export const workflowRun: Reader = (body) => {
  const run = fields(body.workflow_run);
  const identity = firstText(run.workflow_id, fields(body.workflow).id, run.path, run.name);
  return finished(body, {
    event: 'workflow_run', fields: run, identity, identityPath: 'workflow_run.workflow_id',
    name: firstText(run.name, fields(body.workflow).name, run.path) ?? 'workflow',
    branch: run.head_branch,
    details: {
      title: run.display_title, event: run.event, number: run.run_number, attempt: run.run_attempt,
      actor: fields(run.actor).login, commitMessage: fields(run.head_commit).message,
    },
  });
};

export const workflowJob: Reader = (body) => {
  const job = fields(body.workflow_job);
  const name = text(job.name);
  const workflow = text(job.workflow_name);
  const failedSteps = list(job.steps)
    .map(fields)
    .filter((step) => meaning(word(step.conclusion) ?? 'neutral', CONCLUSIONS) === 'trigger')
    .map((step) => step.name);
  return finished(body, {
    event: 'workflow_job', fields: job, identityPath: 'workflow_job.name',
    identity: name === undefined ? undefined : `${workflow ?? ''}/${name}`,
    name: workflow === undefined ? name ?? 'job' : `${workflow} / ${name}`,
    branch: job.head_branch,
    details: { attempt: job.run_attempt, runner: job.runner_name, failedSteps: failedSteps.length > 0 ? failedSteps : undefined },
  });
};

export const checkRun: Reader = (body) => {
  const check = fields(body.check_run);
  const suite = fields(check.check_suite);
  const app = firstText(fields(check.app).slug, fields(check.app).name);
  const name = text(check.name);
  return finished(body, {
    event: 'check_run', fields: check, identityPath: 'check_run.name',
    identity: name === undefined ? undefined : `${app ?? ''}/${name}`,
    name: name ?? 'check',
    branch: firstText(suite.head_branch, fields(fields(list(check.pull_requests)[0]).head).ref),
    details: { app, title: fields(check.output).title, summary: fields(check.output).summary, externalUrl: check.details_url },
  });
};

/**
 * A suite of GitHub Actions is one workflow's, and does not say which: the suite is then
 * known by its own id, so that one workflow's green never closes another's red.
 */
export const checkSuite: Reader = (body) => {
  const suite = fields(body.check_suite);
  const app = firstText(fields(suite.app).slug, fields(suite.app).name);
  const isActions = app === 'github-actions';
  return finished(body, {
    event: 'check_suite', fields: suite, identityPath: 'check_suite.app.slug',
    identity: isActions ? prefixed('github-actions/', suite.id) : app,
    name: firstText(fields(suite.app).name, app) ?? 'checks',
    branch: firstText(suite.head_branch, fields(fields(list(suite.pull_requests)[0]).head).ref),
    details: { app, checkRuns: suite.latest_check_runs_count, commitMessage: fields(suite.head_commit).message },
  });
};

function prefixed(prefix: string, value: unknown): string | undefined {
  const found = text(value);
  return found === undefined ? undefined : prefix + found;
}

/** Actions of `check_run` and `check_suite` that repeat the conclusion of the run before. */
const REQUESTS: readonly string[] = ['rerequested', 'requested', 'requested_action'];

function finished(body: Fields, run: Run): Reading {
  if (Object.keys(run.fields).length === 0) return missing(run.event, 'is missing');
  const asked = word(body.action) ?? '';
  if (REQUESTS.includes(asked)) return ignored(`'${asked}' asks for a run, and tells of none`);
  const conclusion = word(run.fields.conclusion);
  if (conclusion === undefined) {
    return ignored(`the run is '${word(run.fields.status) ?? word(body.action) ?? 'unfinished'}': only a finished one says red or green`);
  }
  const action = meaning(conclusion, CONCLUSIONS);
  if (action === 'ignored') return ignored(`the run ended as '${conclusion}', which is neither red nor green`);
  const repository = repositoryOf(body);
  if (repository === undefined) return NO_REPOSITORY;
  if (run.identity === undefined) return missing(run.identityPath, 'is missing: it is part of what the alert is about');
  const branch = text(run.branch) ?? text(run.fields.head_sha)?.slice(0, 12) ?? 'detached';
  return alert({
    action,
    dedupKey: `github-${KEY_WORDS[run.event]}-${repository.identity}-${run.identity}-${forkOf(run.fields, repository.identity)}${branch}`,
    summary: `${run.name} ${OUTCOMES[conclusion] ?? `ended as '${conclusion}'`} on ${branch} (${repository.name})`,
    severityWord: conclusion,
    occurredAt: firstText(run.fields.completed_at, run.fields.updated_at, run.fields.started_at, run.fields.created_at),
    component: run.name, group: branch, class: run.event,
    details: said({ repository: repository.name, branch, sha: run.fields.head_sha, conclusion, ...run.details }),
    links: [{ href: run.fields.html_url, text: 'Run' }],
  });
}

const KEY_WORDS: Readonly<Record<string, string>> = { workflow_run: 'workflow', workflow_job: 'job', check_run: 'check', check_suite: 'suite' };

/** A fork's `main` is another branch than the repository's own. */
function forkOf(run: Fields, repository: string): string {
  const head = text(fields(run.head_repository).id);
  return head === undefined || head === repository ? '' : `${head}:`;
}
