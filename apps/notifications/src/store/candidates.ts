import { stableId, type PageTarget } from '@signalbox/contracts';
import type { Queryable } from '@signalbox/database';
import { whyField, type PageOf } from '../domain/page.js';
import type { Suppression } from '../domain/repeat.js';
import { route, type Target } from '../domain/rules.js';
import type { Subject } from '../domain/subject.js';
import type { Claimed } from '../sender/claims.js';
import { isAnswered, type Answers } from './answered.js';
import type { LiveConfig } from './live-config.js';
import type { Reached, Recipients } from './recipients.js';

/** A notification to be made. Where its channel was deleted, that is missing: the sender makes a dead letter of it. */
export interface Candidate extends Reached {
  readonly id: string;
  readonly subject: Subject;
  readonly ruleId: string | null;
  /** Set when it is a page. */
  readonly page: PageOf | null;
  readonly text: Subject['text'];
  suppressed: Suppression | undefined;
  claimed: Claimed | undefined;
}

export interface Audience {
  readonly live: LiveConfig;
  readonly recipients: Recipients;
  /** Named instead of by rules. */
  readonly direct?: { readonly targets: readonly Target[] };
}

/** One for everybody who is reached, each once, by the page or the first rule that names them or a team of theirs. Reads only the addresses of people. */
export async function candidatesOf(db: Queryable, subjects: readonly Subject[], answers: Answers, audience: Audience): Promise<Candidate[]> {
  const routed = subjects.flatMap((subject) => wantedOf(subject, audience).map((one) => ({ subject, ...one })));
  const reached = await audience.recipients.resolve(db, routed.map(({ subject, target }) => ({ tenantId: subject.tenantId, target })));
  const candidates = routed.flatMap(({ subject, target, ruleId, page }, index) => reached[index]!.map((one): Candidate => ({
    ...one, id: stableId('notification', subject.id, one.audienceId), subject, ruleId, page,
    text: page === null ? subject.text : { ...subject.text, fields: [whyField(target), ...subject.text.fields ?? []] },
    suppressed: page !== null && isAnswered(subject, answers) ? 'acknowledged_since' : suppressedAtOnce(one), claimed: undefined,
  })));
  const seen = new Set<string>();
  return candidates.filter(({ id }) => !seen.has(id) && seen.add(id));
}

interface Wanted { readonly target: PageTarget; readonly ruleId: string | null; readonly page: PageOf | null }

/** Whom a subject is for: those whom it names first, so that one who is both paged and told by a rule has a page. */
function wantedOf(subject: Subject, { direct, live }: Audience): Wanted[] {
  if (direct !== undefined) return direct.targets.map((target) => ({ target, ruleId: null, page: null }));
  const { to, page, quiet, tenantId } = subject;
  const byRules = quiet ? [] : route(subject, live.rulesOf(tenantId));
  return [...to.map((target) => ({ target, ruleId: null, page })), ...byRules.map((one) => ({ ...one, page: null }))];
}

function suppressedAtOnce({ channel, unreachable }: Reached): Suppression | undefined {
  if (unreachable !== null) return 'no_contact_method';
  return channel?.enabled === false ? 'channel_disabled' : undefined;
}
