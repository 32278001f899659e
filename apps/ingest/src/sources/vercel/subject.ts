import { fields, firstText, list, text, type Fields } from '../reading.js';

export interface Project {
  readonly identity: string;
  readonly name: string;
  readonly url: string | undefined;
}

/** The project of an event. Today's payloads hold `project`, those of 2021 `projectId`, those of checks only the deployment. */
export function projectOf(payload: Fields): Project {
  const project = fields(payload.project);
  const deployment = fields(payload.deployment);
  const name = firstText(project.name, payload.projectName, payload.projectSlug, deployment.name, payload.name);
  const identity = firstText(project.id, payload.projectId, text(payload.project), name, fields(payload.team).id, payload.teamId) ?? 'unknown';
  return { identity, name: name ?? (identity === 'unknown' ? 'Vercel' : identity), url: text(fields(payload.links).project) };
}

/** Where a deployment goes: `production`, `staging`, a custom environment, or `preview` when Vercel says null. */
export function targetOf(payload: Fields): string {
  const deployment = fields(payload.deployment);
  return firstText(payload.target, deployment.target, deployment.customEnvironmentId)?.trim().toLowerCase() ?? 'preview';
}

/** The branch, by whichever Git host the project is connected to. */
export function branchOf(payload: Fields): string | undefined {
  const meta = fields(fields(payload.deployment).meta ?? payload.meta);
  return firstText(meta.githubCommitRef, meta.gitlabCommitRef, meta.bitbucketCommitRef, meta.gitCommitRef, meta.branch);
}

/** The names that a certificate is for, or the one domain; sorted, so that a failure and its end say the same. */
export function domainsOf(payload: Fields): readonly string[] {
  const certificate = fields(payload.cert);
  const lists = [payload.dnsNames, certificate.dnsNames, certificate.cns, certificate.domains].find((value) => Array.isArray(value) && value.length > 0);
  const names = list(lists).flatMap((name) => text(name) ?? []);
  const one = firstText(fields(payload.domain).name, payload.domain, payload.domainName);
  return names.length > 0 ? names.sort() : one === undefined ? [] : [one];
}

/** The title of the commit. */
export function commitOf(payload: Fields): Fields {
  const meta = fields(fields(payload.deployment).meta ?? payload.meta);
  return {
    commit: firstText(meta.githubCommitSha, meta.gitlabCommitSha, meta.bitbucketCommitSha, meta.gitCommitSha),
    commitMessage: firstText(meta.githubCommitMessage, meta.gitlabCommitMessage, meta.bitbucketCommitMessage, meta.gitCommitMessage),
    author: firstText(meta.githubCommitAuthorName, meta.githubCommitAuthorLogin, meta.gitlabCommitAuthorName, meta.bitbucketCommitAuthorName),
  };
}
