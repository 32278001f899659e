import { address, fields, firstText, isFields, text, type Fields } from '../reading.js';

export interface Repository {
  /** Stays the same when the repository is renamed or moved: the uuid (Cloud) or the id (Data Center). */
  readonly identity: string;
  readonly name: string;
  readonly url: string | undefined;
}

/** The repository of a body, or of a part of it that names its own. A body that names none still tells of something. */
export function repositoryOf(...holders: readonly Fields[]): Repository {
  const found = fields(holders.map((holder) => holder.repository).find((repository) => isFields(repository) || text(repository) !== undefined));
  const named = holders.map((holder) => text(holder.repository)).find((name) => name !== undefined);
  const project = text(fields(found.project).key);
  const slug = firstText(found.slug, found.name);
  const name = firstText(found.full_name, project !== undefined && slug !== undefined ? `${project}/${slug}` : undefined, slug, named);
  const identity = firstText(text(found.uuid)?.replace(/^\{|\}$/g, ''), found.id, name) ?? 'unknown';
  return { identity, name: name ?? (identity === 'unknown' ? 'Bitbucket' : identity), url: pageIn(found) };
}

/** Cloud links to `html`, Data Center to a list of `self`. */
function pageIn(repository: Fields): string | undefined {
  const links = fields(repository.links);
  const self = Array.isArray(links.self) ? fields(links.self[0]).href : undefined;
  return address(firstText(fields(links.html).href, self));
}
