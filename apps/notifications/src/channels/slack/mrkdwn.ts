import { clean } from '../text.js';

const WEB_ADDRESS = /(https?:\/\/[^\s<>|"]+)/;
const ELLIPSIS = '…';

/**
 * Text as Slack's mrkdwn, at most `limit` long after escaping, and never cut inside an entity or a link. Only `& < >` are Slack's own signs
 * (docs.slack.dev, "Formatting text for app surfaces"): escaped, a text cannot mention anyone. Web addresses become links,
 * because texts are sent as `verbatim`, where Slack links nothing by itself.
 */
export function mrkdwn(text: string, limit: number): string {
  // Escaping never shortens, so nothing beyond the limit can matter: huge texts stay cheap.
  const parts = clean(text).slice(0, limit + 1).split(WEB_ADDRESS);
  const tokens = parts.flatMap((part, index) => (index % 2 === 1 ? [`<${escape(part)}>`] : Array.from(part, escape)));
  const whole = tokens.join('');
  if (whole.length <= limit) return whole;
  let kept = '';
  for (const token of tokens) {
    if (kept.length + token.length + ELLIPSIS.length > limit) break;
    kept += token;
  }
  return kept + ELLIPSIS;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
