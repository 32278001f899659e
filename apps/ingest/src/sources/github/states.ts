import { meaning, type Words } from '../meaning.js';
import { fields, firstText, list, said, text, word, type Fields } from '../reading.js';
import { NO_REPOSITORY, alert, ignored, missing, repositoryOf, type Reader } from './reading.js';

/** docs.github.com, REST "deployment statuses": states. */
const DEPLOYMENT_STATES: Words = {
  failure: 'trigger', error: 'trigger',
  success: 'resolve',
  inactive: 'ignored', in_progress: 'ignored', queued: 'ignored', pending: 'ignored', waiting: 'ignored',
};

/** docs.github.com, REST "commit statuses": states. */
const COMMIT_STATES: Words = { failure: 'trigger', error: 'trigger', success: 'resolve', pending: 'ignored' };

/** docs.github.com, REST "GitHub Pages", builds. */
const PAGE_STATES: Words = { errored: 'trigger', built: 'resolve', building: 'ignored', queued: 'ignored' };

export const deploymentStatus: Reader = (body) => {
  const status = fields(body.deployment_status);
  const deployment = fields(body.deployment);
  const repository = repositoryOf(body);
  const state = word(status.state);
  const environment = firstText(status.environment, deployment.environment);
  if (state === undefined) return missing('deployment_status.state', 'is missing: it says how the deployment went');
  const action = meaning(state, DEPLOYMENT_STATES);
  if (action === 'ignored') return ignored(`the deployment is '${state}', which is neither a failure nor a success`);
  if (repository === undefined) return NO_REPOSITORY;
  if (environment === undefined) return missing('deployment_status.environment', 'is missing: it is part of what the alert is about');
  const task = text(deployment.task) ?? 'deploy';
  return alert({
    action,
    dedupKey: `github-deployment-${repository.identity}-${environment}-${task}`,
    summary: `Deployment to ${environment} ${action === 'resolve' ? 'succeeded' : 'failed'} (${repository.name})`,
    severityWord: action === 'resolve' ? 'success' : state,
    occurredAt: firstText(status.updated_at, status.created_at),
    component: environment, group: deployment.ref, class: 'deployment_status',
    details: said({
      repository: repository.name, environment, state, description: status.description, ref: deployment.ref, sha: deployment.sha,
      task, creator: fields(status.creator).login,
    }),
    links: [{ href: status.log_url, text: 'Log' }, { href: status.target_url, text: 'Log' }, { href: status.environment_url, text: environment }],
  });
};

export const commitStatus: Reader = (body) => {
  const repository = repositoryOf(body);
  const state = word(body.state);
  if (state === undefined) return missing('state', 'is missing: it says whether the commit is red or green');
  const action = meaning(state, COMMIT_STATES);
  if (action === 'ignored') return ignored(`the commit status is '${state}': only a finished one says red or green`);
  if (repository === undefined) return NO_REPOSITORY;
  const context = text(body.context) ?? 'default';
  const branch = branchOf(body) ?? text(body.sha)?.slice(0, 12) ?? 'detached';
  return alert({
    action,
    dedupKey: `github-status-${repository.identity}-${context}-${branch}`,
    summary: `${context} ${action === 'resolve' ? 'passed' : 'failed'} on ${branch} (${repository.name})`,
    severityWord: state,
    occurredAt: firstText(body.updated_at, body.created_at),
    component: context, group: branch, class: 'status',
    details: said({
      repository: repository.name, branch, sha: body.sha, state, description: body.description,
      commitMessage: fields(fields(body.commit).commit).message,
    }),
    links: [{ href: body.target_url, text: context }, { href: fields(body.commit).html_url, text: 'Commit' }],
  });
};

/** A commit can be in many branches: of those the default one, or else the first. */
function branchOf(body: Fields): string | undefined {
  const names = list(body.branches).map((branch) => text(fields(branch).name)).filter((name) => name !== undefined);
  return names.find((name) => name === fields(body.repository).default_branch) ?? names[0];
}

export const pageBuild: Reader = (body) => {
  const build = fields(body.build);
  const repository = repositoryOf(body);
  if (Object.keys(build).length === 0) return missing('build', 'is missing: it says how the build of the pages went');
  const state = word(build.status) ?? 'queued';
  const action = meaning(state, PAGE_STATES);
  if (action === 'ignored') return ignored(`the build of the pages is '${state}': only a finished one says red or green`);
  if (repository === undefined) return NO_REPOSITORY;
  return alert({
    action,
    dedupKey: `github-pages-${repository.identity}`,
    summary: `Build of GitHub Pages ${action === 'resolve' ? 'succeeded' : 'failed'} (${repository.name})`,
    severityWord: action === 'resolve' ? 'success' : state,
    occurredAt: firstText(build.updated_at, build.created_at),
    component: 'GitHub Pages', class: 'page_build',
    details: said({
      repository: repository.name, state, error: fields(build.error).message,
      commit: build.commit, pusher: fields(build.pusher).login, durationMs: build.duration,
    }),
  });
};
