import type { Limits } from '../contract.js';
import type { Notice } from '../notice.js';
import { actions, facts, headline, sign } from '../presentation.js';
import { clean, cut, escapeHtml } from '../text.js';

/** The message for programs that show text only. */
export function textBody(notice: Notice, limits: Limits): string {
  const said = bodyOf(notice, limits);
  return [
    headline(notice, limits.title),
    ...(said === '' ? [] : [said]),
    facts(notice, limits).map(({ label, value }) => `${label}: ${value}`).join('\n'),
    ...actions(notice).map(({ label, url }) => `${label}: ${url}`),
    `-- \nSent by Signalbox. Trace ${notice.traceId}`,
  ].join('\n\n');
}

/** The message as HTML: no scripts, no outside resources, styles in place (mail programs drop the rest), everything escaped. */
export function htmlBody(notice: Notice, limits: Limits): string {
  const said = bodyOf(notice, limits);
  const rows = facts(notice, limits).map(({ label, value }) =>
    `<tr><td style="padding:4px 16px 4px 0;color:#57606a;vertical-align:top">${escapeHtml(label)}</td>`
    + `<td style="padding:4px 0;white-space:pre-wrap">${escapeHtml(value)}</td></tr>`);
  const buttons = actions(notice).map(({ id, label, url }) => {
    const colours = id === 'acknowledge' ? 'background:#1f6feb;color:#ffffff' : 'background:#eaeef2;color:#1f2328';
    return `<a href="${escapeHtml(url)}" style="${BUTTON}${colours}">${escapeHtml(label)}</a>`;
  });
  return [
    '<!doctype html><html><head><meta charset="utf-8"></head>',
    '<body style="margin:0;padding:24px;font:15px/1.5 -apple-system,Segoe UI,Helvetica,Arial,sans-serif;color:#1f2328">',
    `<h1 style="margin:0 0 16px;font-size:20px">${sign(notice)} ${escapeHtml(headline(notice, limits.title))}</h1>`,
    said === '' ? '' : `<p style="margin:0 0 16px;white-space:pre-wrap">${escapeHtml(said)}</p>`,
    `<table role="presentation" style="border-collapse:collapse;margin:0 0 16px">${rows.join('')}</table>`,
    buttons.length === 0 ? '' : `<p style="margin:0 0 16px">${buttons.join(' ')}</p>`,
    `<p style="margin:24px 0 0;color:#57606a;font-size:12px">Sent by Signalbox. Trace ${escapeHtml(notice.traceId)}</p>`,
    '</body></html>',
  ].join('\n');
}

const BUTTON = 'display:inline-block;padding:8px 16px;border-radius:6px;text-decoration:none;font-weight:600;';

function bodyOf(notice: Notice, limits: Limits): string {
  return cut(clean(notice.body ?? '').trim(), limits.body);
}
