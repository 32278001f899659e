import { fields, firstText, isFields, text, word, type Fields } from '../reading.js';

/** What people write for GitHub's own words (`job.status` of the contexts). */
const CONCLUSIONS: ReadonlyMap<string, string> = new Map([
  ['failed', 'failure'], ['error', 'failure'], ['passed', 'success'], ['succeeded', 'success'], ['ok', 'success'], ['canceled', 'cancelled'],
]);
const UNFINISHED: readonly string[] = ['queued', 'requested', 'waiting', 'pending', 'in_progress', 'running', 'started', 'completed'];

/**
 * A step of a workflow that posts a few fields of its own instead of GitHub's webhook, read as the `workflow_run` that it tells of.
 * Undefined when it names no repository, or says nothing of how the run went.
 */
export function sparseRun(body: Fields): Fields | undefined {
  const stated = word(firstText(body.conclusion, body.status, body.state, body.result, body.job_status));
  const repository = isFields(body.repository) ? body.repository : { full_name: firstText(body.repository, body.repo) };
  const name = firstText(body.workflow_name, body.workflow, body.name, body.job);
  if (stated === undefined || name === undefined || firstText(repository.full_name, repository.name, repository.id) === undefined) return undefined;
  return {
    repository: { html_url: addressOf(text(repository.full_name)), ...repository },
    workflow_run: {
      conclusion: UNFINISHED.includes(stated) ? null : CONCLUSIONS.get(stated) ?? stated, status: stated, name,
      head_sha: firstText(body.head_sha, body.sha, body.commit),
      head_branch: firstText(body.head_branch, body.branch, body.ref_name, body.ref)?.replace(/^refs\/heads\//, ''),
      html_url: firstText(body.html_url, body.run_url, body.workflow_url, body.url, body.link),
      run_number: body.run_number, run_attempt: body.run_attempt, event: firstText(body.event, body.event_name),
      display_title: firstText(body.title, body.message), actor: { login: firstText(body.actor, fields(body.actor).login) },
    },
  };
}

function addressOf(fullName: string | undefined): string | undefined {
  return fullName !== undefined && /^[\w.-]+\/[\w.-]+$/.test(fullName) ? `https://github.com/${fullName}` : undefined;
}
