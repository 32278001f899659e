import type { Headers } from '../contract.js';
import { fields, isFields, text, word, type Fields } from '../reading.js';

/** docs.gitlab.com, "Webhook events": the header of a hook, for bodies without `object_kind`: a custom webhook template holds only what its author wrote. */
const HOOKS: ReadonlyMap<string, string> = new Map([
  ['pipeline hook', 'pipeline'], ['job hook', 'build'], ['build hook', 'build'], ['deployment hook', 'deployment'], ['vulnerability hook', 'vulnerability'],
  ['alert hook', 'alert'], ['issue hook', 'issue'], ['confidential issue hook', 'issue'], ['work item hook', 'work_item'], ['incident hook', 'incident'],
  ['resource access token hook', 'access_token'], ['resource deploy token hook', 'deploy_token'],
  ['push hook', 'push'], ['tag push hook', 'tag_push'], ['merge request hook', 'merge_request'], ['note hook', 'note'], ['confidential note hook', 'note'],
  ['wiki page hook', 'wiki_page'], ['feature flag hook', 'feature_flag'], ['release hook', 'release'], ['milestone hook', 'milestone'], ['emoji hook', 'emoji'],
  ['member hook', 'member'], ['subgroup hook', 'subgroup'], ['project hook', 'project'],
]);

/** What only bodies of one kind hold: for senders (proxies, scripts of a job) without header and `object_kind`. */
const BY_SHAPE: readonly (readonly [kind: string, fits: (body: Fields) => boolean])[] = [
  ['build', (body) => text(body.build_status) !== undefined],
  ['deployment', (body) => text(body.deployment_id) !== undefined && text(body.status) !== undefined],
  ['pipeline', (body) => text(fields(body.object_attributes).status) !== undefined && Array.isArray(body.builds)],
  ['pipeline', (body) => text(body.pipeline_id) !== undefined && text(body.status) !== undefined],
];

/** What a GitLab webhook tells of: `object_kind`, or what the header, the shape or a system hook's `event_name` says; undefined when nothing tells. */
export function eventKind(headers: Headers, body: Fields): string | undefined {
  return word(body.object_kind) ?? HOOKS.get(word(headers['x-gitlab-event']) ?? '') ?? BY_SHAPE.find(([, fits]) => fits(body))?.[0]
    ?? word(body.event_name) ?? word(headers['x-gitlab-event']);
}

/** Whether a request that reached GitHub's address is GitLab's. */
export function isGitLab(headers: Headers, body: unknown): boolean {
  if (text(headers['x-github-event']) !== undefined) return false;
  return text(headers['x-gitlab-event']) !== undefined || (isFields(body) && text(body.object_kind) !== undefined);
}
