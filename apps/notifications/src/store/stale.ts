import type { Stale } from '@signalbox/database';

/** Longer than any stream of ours keeps anything: nothing that is deleted here can be asked for again. */
const KEPT_DAYS = 30;

/** What was told, and which versions were seen, is forgotten when nothing was heard of the matter for a month: an acknowledgement ends with it too. */
export const STALE: readonly Stale[] = [
  `delete from fingerprints where (audience_id, fingerprint) in (
     select audience_id, fingerprint from fingerprints where told_at < now() - make_interval(days => $1) limit $2)`,
  `delete from incident_versions where incident_id in (select incident_id from incident_versions where seen_at < now() - make_interval(days => $1) limit $2)`,
  `delete from contact_codes_sent where ctid in (select ctid from contact_codes_sent where sent_at < now() - make_interval(days => $1) limit $2)`,
  `delete from far_sides where channel_id in (select channel_id from far_sides where closed_until < now() - make_interval(days => $1) limit $2)`,
].map((statement) => ({ statement, keptDays: KEPT_DAYS }));
