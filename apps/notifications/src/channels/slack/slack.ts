import { Type } from '@sinclair/typebox';
import { httpOutcome, retryAfterMs, type Outcome, type Reason } from '@signalbox/delivery-policy';
import type { HttpAnswer, HttpChannel, InterpretContext, Limits } from '../contract.js';
import { secretText } from '../fields.js';
import type { Notice } from '../notice.js';
import { actions, facts, headline, sign } from '../presentation.js';
import { cut, oneLine } from '../text.js';
import { webTarget } from '../web-target.js';
import { mrkdwn } from './mrkdwn.js';

const config = Type.Object({
  webhookUrl: secretText({
    title: 'Webhook URL', description: 'The address that Slack shows under Incoming Webhooks; whoever has it can post.', url: true, maxLength: 2048,
  }),
}, { additionalProperties: false });

/** Sizes of @slack/types: header 150, section text 3000, 10 fields of 2000. A field holds `*label*`, a line end and the value. */
const limits: Limits = { title: 150, body: 3000, fields: 10, fieldLabel: 150, fieldValue: 1800, requestBytes: 100_000 };
const SECTION_FIELD = 2000;
const FALLBACK = 1000;

/** Posts to a Slack incoming webhook, or to anything that takes the same bodies (Mattermost). */
export const slack: HttpChannel<typeof config> = {
  kind: 'slack',
  displayName: 'Slack',
  transport: 'http',
  config,
  limits,
  idempotent: false,
  configSummary: ({ webhookUrl }) => new URL(webhookUrl).host,
  targets: ({ webhookUrl }) => [webTarget(webhookUrl)],
  render: (notice, { webhookUrl }) => ({
    kind: 'http',
    method: 'POST',
    url: webhookUrl,
    headers: { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'Signalbox' },
    body: JSON.stringify(message(notice)),
  }),
  interpret,
};

function message(notice: Notice): object {
  const title = `${sign(notice)} ${headline(notice, limits.title - 3)}`;
  const buttons = actions(notice);
  return {
    text: mrkdwn(title, FALLBACK),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title, emoji: false } },
      ...bodySection(notice),
      {
        type: 'section',
        fields: facts(notice, limits).map(({ label, value }) => {
          const heading = `*${mrkdwn(label, limits.fieldLabel)}*\n`;
          return { type: 'mrkdwn', verbatim: true, text: heading + mrkdwn(value, SECTION_FIELD - heading.length) };
        }),
      },
      ...(buttons.length === 0 ? [] : [{ type: 'actions', elements: buttons.map(button) }]),
    ],
  };
}

function bodySection(notice: Notice): object[] {
  const text = mrkdwn(notice.body ?? '', limits.body).trim();
  return text === '' ? [] : [{ type: 'section', text: { type: 'mrkdwn', verbatim: true, text } }];
}

function button({ id, label, url }: ReturnType<typeof actions>[number]): object {
  return {
    type: 'button', action_id: id, url, text: { type: 'plain_text', text: label, emoji: false },
    ...(id === 'acknowledge' ? { style: 'primary' } : {}),
  };
}

type Failure = { readonly kind: 'reject' | 'disable' | 'retry'; readonly reason: Reason };

const refused: Failure = { kind: 'reject', reason: 'payload_refused' };

/** Slack's own words for what went wrong (api.slack.com, changelog 2016-05-17), in whichever status they come. */
const ERRORS: ReadonlyMap<string, Failure> = new Map<string, Failure>([
  ['invalid_payload', refused], ['no_text', refused], ['invalid_blocks', refused], ['too_many_attachments', refused], ['user_not_found', refused],
  ['action_prohibited', { kind: 'disable', reason: 'authentication' }], ['invalid_token', { kind: 'disable', reason: 'authentication' }],
  ['channel_not_found', { kind: 'disable', reason: 'not_found' }], ['no_service', { kind: 'disable', reason: 'not_found' }],
  ['no_team', { kind: 'disable', reason: 'not_found' }], ['channel_is_archived', { kind: 'disable', reason: 'gone' }],
  ['rollup_error', { kind: 'retry', reason: 'far_side_error' }], ['rate_limited', { kind: 'retry', reason: 'rate_limited' }],
]);

/** Statuses that mean the webhook itself is no good, whatever the body says. */
const BROKEN_WEBHOOK: ReadonlyMap<number, Failure> = new Map<number, Failure>([
  [401, { kind: 'disable', reason: 'authentication' }], [403, { kind: 'disable', reason: 'authentication' }], [404, { kind: 'disable', reason: 'not_found' }],
]);

/** Delivered is 200 with the body `ok` and nothing else; an error may hide in a 200. */
function interpret(answer: HttpAnswer, { now }: InterpretContext): Outcome {
  if (answer.status === 200 && answer.body.trim() === 'ok') return { kind: 'delivered' };
  const { error, retryAfterSeconds } = errorIn(answer.body);
  const detail = `Slack answered ${answer.status}: ${cut(oneLine(answer.body), 200) || '(nothing)'}`;
  const wish = retryAfterMs(answer.headers['retry-after'], now) ?? (retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1000);
  const failure = ERRORS.get(error) ?? BROKEN_WEBHOOK.get(answer.status);
  if (failure !== undefined) return { ...failure, detail, ...(failure.kind === 'retry' && wish !== undefined ? { afterMs: wish } : {}) };
  if (answer.status >= 200 && answer.status < 300) return { kind: 'retry', reason: 'bad_response', detail };
  const outcome = httpOutcome(answer, now);
  return outcome.kind === 'retry' && wish !== undefined ? { ...outcome, detail, afterMs: wish } : outcome;
}

/** The error's name: the body itself, or `error` of a JSON body (`{"ok":false,"error":"rate_limited","retry_after":1}`, alertmanager#2111). */
function errorIn(body: string): { error: string; retryAfterSeconds?: number } {
  try {
    const said: unknown = JSON.parse(body);
    if (typeof said !== 'object' || said === null) return { error: '' };
    const { error, retry_after: seconds } = said as { error?: unknown; retry_after?: unknown };
    return {
      error: typeof error === 'string' ? error : '',
      ...(typeof seconds === 'number' && seconds >= 0 ? { retryAfterSeconds: seconds } : {}),
    };
  } catch {
    return { error: body.trim() };
  }
}
