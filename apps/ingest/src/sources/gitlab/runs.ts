import { ignored, problem, type SourceResult } from '../contract.js';
import { meaning, type Words } from '../meaning.js';
import { fields, firstText, list, said, text, word, type Fields } from '../reading.js';
import { alert, type Reader } from './alert.js';
import { pageOf, projectOf, refOf } from './project.js';

/** docs.gitlab.com, "CI/CD pipelines" and "CI/CD jobs": statuses. What says neither red nor green changes nothing. */
const RUN_STATES: Words = {
  failed: 'trigger', success: 'resolve',
  created: 'ignored', waiting_for_resource: 'ignored', waiting_for_callback: 'ignored', preparing: 'ignored', pending: 'ignored', running: 'ignored',
  manual: 'ignored', scheduled: 'ignored', canceling: 'ignored', canceled: 'ignored', cancelled: 'ignored', skipped: 'ignored',
};

/** docs.gitlab.com, "Webhook events", deployment events, with the approvals of protected environments. */
const DEPLOYMENT_STATES: Words = {
  failed: 'trigger', success: 'resolve',
  created: 'ignored', running: 'ignored', canceled: 'ignored', cancelled: 'ignored',
  skipped: 'ignored', blocked: 'ignored', approved: 'ignored', rejected: 'ignored',
};

/** Pipelines of a ref that say nothing about each other: a green push does not mend the nightly run, nor a parent its child. */
const FAMILIES: Readonly<Record<string, string>> = { schedule: '-schedule', parent_pipeline: '-child' };

export const pipeline: Reader = (body, severity) => {
  const run: Fields = { ...body, ...fields(body.object_attributes) };
  const state = word(firstText(run.status, run.state, run.pipeline_status));
  if (state === undefined) return problem('object_attributes.status', 'is missing: it says how the pipeline went');
  const action = meaning(state, RUN_STATES);
  if (action === 'ignored') return ignored(`the pipeline is '${state}', which is neither red nor green`);
  const project = projectOf(body);
  const ref = refOf(body, firstText(run.ref, run.branch, run.ref_name), run.tag, run.sha);
  const source = word(run.source) ?? '';
  const failed = list(body.builds).map(fields).filter((job) => word(job.status) === 'failed' && job.allow_failure !== true);
  const names = failed.flatMap((job) => text(job.name) ?? []);
  return alert(project, {
    action,
    dedupKey: `gitlab-pipeline-${project.identity}-${ref.identity}${Object.hasOwn(FAMILIES, source) ? FAMILIES[source] : ''}`,
    summary: `Pipeline ${outcome(state)} on ${ref.name}${action === 'trigger' && names.length > 0 ? `: ${names.join(', ')}` : ''} (${project.name})`,
    severity: severity(state),
    occurredAt: firstText(run.finished_at, run.created_at),
    component: 'pipeline', group: ref.name, class: 'pipeline',
    details: said({
      project: project.name, ref: ref.name, sha: run.sha, status: state, source: run.source, pipeline: firstText(run.id, run.pipeline_id), name: run.name,
      failedJobs: failed.map((job) => said({ stage: job.stage, name: job.name, reason: job.failure_reason })),
      durationSeconds: run.duration, user: fields(body.user).username,
      commitMessage: fields(body.commit).message, mergeRequest: fields(body.merge_request).title,
    }),
    links: [
      { href: firstText(run.url, run.pipeline_url, pageOf(project, 'pipelines', firstText(run.id, run.pipeline_id))), text: 'Pipeline' },
      { href: fields(body.merge_request).url, text: 'Merge request' }, { href: fields(body.commit).url, text: 'Commit' },
    ],
  });
};

export const job: Reader = (body, severity) => {
  const run: Fields = { ...fields(body.object_attributes), ...body };
  const state = word(firstText(run.build_status, run.job_status, run.status));
  if (state === undefined) return problem('build_status', 'is missing: it says how the job went');
  const action = meaning(state, RUN_STATES);
  if (action === 'ignored') return ignored(`the job is '${state}', which is neither red nor green`);
  const project = projectOf(body);
  const ref = refOf(body, firstText(run.ref, run.branch), run.tag, run.sha);
  const isAllowedToFail = word(run.build_allow_failure) === 'true';
  const name = firstText(run.build_name, run.job_name, run.name) ?? 'job';
  const stage = firstText(run.build_stage, run.stage);
  const reason = action === 'trigger' ? text(run.build_failure_reason) : undefined;
  return alert(project, {
    action,
    dedupKey: `gitlab-job-${project.identity}-${stage ?? ''}/${name}-${ref.identity}`,
    summary: `Job ${name} ${outcome(state)} on ${ref.name}${reason === undefined ? '' : `: ${reason}`} (${project.name})`,
    severity: severity(action === 'trigger' && isAllowedToFail ? 'allow_failure' : state),
    occurredAt: firstText(run.build_finished_at, run.build_started_at, run.build_created_at),
    component: name, group: ref.name, class: 'job',
    details: said({
      project: project.name, ref: ref.name, sha: run.sha, status: state, stage, reason,
      allowedToFail: isAllowedToFail, job: firstText(run.build_id, run.job_id),
      pipeline: run.pipeline_id, retries: run.retries_count, environment: fields(run.environment).name, runner: fields(run.runner).description,
      user: firstText(fields(body.user).username, fields(body.user).name), commitMessage: fields(body.commit).message,
    }),
    links: [
      { href: firstText(pageOf(project, 'jobs', firstText(run.build_id, run.job_id)), run.url, run.job_url), text: 'Job' },
      { href: pageOf(project, 'pipelines', run.pipeline_id), text: 'Pipeline' },
    ],
  });
};

export const deployment: Reader = (body, severity): SourceResult => {
  const run: Fields = { ...fields(body.object_attributes), ...body };
  const state = word(run.status);
  if (state === undefined && (run.status === null || typeof run.status === 'string')) return ignored('the deployment has no status yet');
  if (state === undefined) return problem('status', 'is missing: it says how the deployment went');
  const action = meaning(state, DEPLOYMENT_STATES);
  if (action === 'ignored') return ignored(`the deployment is '${state}', which is neither a failure nor a success`);
  const project = projectOf(body);
  const environment = firstText(run.environment, fields(run.environment).name, run.environment_slug) ?? 'unknown';
  return alert(project, {
    action,
    dedupKey: `gitlab-deployment-${project.identity}-${environment}`,
    summary: `Deployment to ${environment} ${outcome(state)} (${project.name})`,
    severity: severity(state),
    occurredAt: run.status_changed_at,
    component: environment, group: run.ref, class: 'deployment',
    details: said({
      project: project.name, environment, tier: run.environment_tier, status: state, ref: run.ref, sha: run.short_sha, deployment: run.deployment_id,
      user: fields(body.user).username, commitTitle: run.commit_title,
    }),
    links: [{ href: run.deployable_url, text: 'Job' }, { href: run.commit_url, text: 'Commit' }, { href: run.environment_external_url, text: environment }],
  });
};

const OUTCOMES: Readonly<Record<string, string>> = { success: 'succeeded', failed: 'failed' };

function outcome(state: string): string {
  return Object.hasOwn(OUTCOMES, state) ? OUTCOMES[state]! : `is '${state}'`;
}
