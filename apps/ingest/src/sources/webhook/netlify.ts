import type { Severity } from '@signalbox/contracts';
import { ignored, type Headers, type SourceResult } from '../contract.js';
import { event } from '../event.js';
import { firstText, said, text, word, type Fields } from '../reading.js';

/** docs.netlify.com, "Deploy notifications": what is said of a deploy that is there already. */
const ABOUT_NO_BUILD = new Set(['deploy_deleted', 'deploy_locked', 'deploy_unlocked']);

/** Netlify records what was cancelled or skipped (a build that has nothing to change, say) as an error too, in these words. */
const NOT_BUILT = /(?:^|: )(?:cancell?ed build\b|skipped$)/i;

/** A deploy notification of Netlify ("HTTP POST request"): its object of a deploy. Undefined for every other body. */
export function netlifyDeploy(body: Fields, headers: Headers, severityOf: (word: string) => Severity): SourceResult | undefined {
  const [site, state] = [text(body.site_id), word(body.state)];
  const page = firstText(body.deploy_ssl_url, body.deploy_url);
  if (site === undefined || state === undefined || page === undefined) return undefined;
  const told = word(headers['x-netlify-event']);
  if (told !== undefined && ABOUT_NO_BUILD.has(told)) return ignored(`Netlify's '${told}' is not an alert`);
  if (state !== 'error' && state !== 'ready') return ignored(`a deploy that is '${state.slice(0, 64)}' has neither failed nor succeeded`);
  const why = text(body.error_message);
  if (state === 'error' && (body.skipped === true || NOT_BUILT.test(why ?? ''))) return ignored('a deploy that was cancelled or skipped is not an alert');
  const [name, branch, context] = [text(body.name) ?? site, text(body.branch) ?? 'no branch', text(body.context) ?? 'production'];
  const about = `Deploy of ${name} (${context}, ${branch})`;
  return {
    kind: 'events', events: [event({
      action: state === 'error' ? 'trigger' : 'resolve',
      dedupKey: `webhook-netlify-${site}-${branch}-${context}`,
      summary: state === 'ready' ? `${about} succeeded` : `${about} failed${why === undefined ? '' : `: ${why}`}`,
      source: name,
      severity: severityOf(state === 'error' ? 'error' : 'ok'),
      occurredAt: firstText(body.updated_at, body.published_at, body.created_at),
      component: name, group: branch, class: 'deploy',
      details: said({
        site, name, state, branch, context, error: why, deploy: body.id, build: body.build_id,
        title: body.title, commit: body.commit_ref, committer: body.committer, seconds: body.deploy_time,
      }),
      links: [
        { href: body.admin_url, text: 'Netlify' },
        { href: page, text: 'Deploy' },
        { href: body.commit_url, text: 'Commit' },
        { href: body.review_url, text: 'Review' },
      ],
    })],
  };
}
