import { address, fields, firstText, isFields, text, word, type Fields } from '../reading.js';

export interface Project {
  /** Stays the same when the project is renamed or moved. */
  readonly identity: string;
  readonly name: string;
  readonly url: string | undefined;
}

/** The project of a body. Every hook names it in its own way; one that names none (a template of the user's) still tells of something. */
export function projectOf(body: Fields): Project {
  const project = isFields(body.project) ? body.project : { path_with_namespace: body.project };
  const repository = fields(body.repository);
  const attributes = fields(body.object_attributes);
  const url = webAddress(project.web_url)
    ?? webAddress(project.homepage)
    ?? webAddress(repository.homepage)
    ?? webAddress(attributes.url)
    ?? webAddress(body.project_url);
  const path = firstText(project.path_with_namespace, body.project_path, url && new URL(url).pathname.slice(1));
  const identity = firstText(project.id, body.project_id, attributes.project_id, path, body.project_name, project.name, repository.name) ?? 'unknown';
  return {
    identity,
    name: firstText(path, body.project_name, project.name, repository.name) ?? (identity === 'unknown' ? 'GitLab' : `project ${identity}`),
    url,
  };
}

/** The address of the project that a page of it belongs to: what stands before `/-/`. */
function webAddress(value: unknown): string | undefined {
  const safe = address(value);
  if (safe === undefined) return undefined;
  const url = new URL(safe);
  const path = url.pathname.split('/-/', 1)[0]!.replace(/\/+$/, '');
  return path === '' ? undefined : url.origin + path;
}

/** A page of the project, by the number of what it shows; undefined when its own address is not known. */
export function pageOf(project: Project, path: string, id: unknown): string | undefined {
  const found = text(id) ?? '';
  return project.url !== undefined && /^\d+$/.test(found) ? `${project.url}/-/${path}/${found}` : undefined;
}

/** The number of what a page of GitLab shows: `…/-/alert_management/14/details` is 14. */
export function numberIn(value: unknown): string | undefined {
  const safe = address(value);
  return safe === undefined ? undefined : new URL(safe).pathname.split('/').findLast((part) => /^\d+$/.test(part));
}

export interface Ref {
  /** Part of the key: a tag is another ref than the branch of its name, and a fork's branch another than the project's own. */
  readonly identity: string;
  readonly name: string;
}

/** The branch or tag that something ran for. */
export function refOf(body: Fields, ref: unknown, tag: unknown, sha: unknown): Ref {
  const name = text(ref)?.replace(/^refs\/heads\//, '') ?? text(sha)?.slice(0, 12) ?? 'detached';
  const request = fields(body.merge_request);
  const source = text(request.source_project_id);
  const isFork = source !== undefined && source !== (text(request.target_project_id) ?? source);
  return { identity: `${isFork ? `${source}:` : ''}${word(tag) === 'true' && !name.startsWith('refs/') ? 'refs/tags/' : ''}${name}`, name };
}
