import type { BareFields } from '../bare-fields.js';
import type { Headers } from '../contract.js';
import { fields, firstText, isFields, jsonIn, list, text, word, type Fields } from '../reading.js';
import { usualAction } from './words.js';

/**
 * The objects of a body that its fields are looked for in, what is looked at first coming first: the body, the JSON
 * inside it, and what only a reader of messages sees. Of a CloudEvent the data, and its attributes without the id,
 * which belongs to one message and not to an alert.
 */
export function partsOf(body: Fields, headers: Headers): readonly Fields[] {
  const attributes = cloudEvent(body, headers);
  if (attributes !== undefined && text(body.specversion) !== undefined) {
    const data = jsonIn(body.data) ?? body.data;
    return [isFields(data) ? data : { message: data }, ...messageOf(fields(data)), attributes];
  }
  const wrapped = [body, fields(body.data)].flatMap((outer) => WRAPPERS.map((name) => outer[name]));
  const inner = [jsonIn(body.message), jsonIn(body.Message), ...wrapped, { ...fields(body.event), id: undefined }].filter(isFields);
  return [body, ...messageOf(body), ...inner, ...(attributes === undefined ? [] : [attributes])];
}

/** Objects that senders put the alert in; `event` too, but its id is often that of a message. */
const WRAPPERS = ['alert', 'incident', 'issue', 'data', 'payload', 'annotations', 'labels'];

/** The attributes of a CloudEvent 1.0, in the body (structured) or in headers (binary): github.com/cloudevents/spec, HTTP binding. */
function cloudEvent(body: Fields, headers: Headers): Fields | undefined {
  const isStructured = text(body.specversion) !== undefined && text(body.type) !== undefined;
  if (!isStructured && headers['ce-specversion'] === undefined) return undefined;
  const of = (name: string): unknown => (isStructured ? body[name] : headers[`ce-${name}`]);
  const type = text(of('type')) ?? '';
  const dot = type.lastIndexOf('.');
  const about = dot > 0 && usualAction(type.slice(dot + 1).toLowerCase()) !== undefined ? type.slice(0, dot) : type;
  return { time: of('time'), source: of('source'), type, name: firstText(of('subject'), about), cetype: about };
}

/** A CloudEvent's own name: the same when it is sent again. */
export function cloudEventId(headers: Headers, body: unknown): string | undefined {
  const { specversion, source, id } = fields(body);
  const given = text(specversion) === undefined ? [headers['ce-source'], headers['ce-id']] : [text(source), text(id)];
  return given.includes(undefined) ? undefined : given.join('/');
}

/** What a message for a chat says: Slack and Mattermost (attachments, blocks), Discord (embeds), Microsoft Teams (sections, cards), Google Chat (cards). */
function messageOf(body: Fields): readonly Fields[] {
  const card = first(body.attachments) ?? first(body.embeds) ?? first(body.sections) ?? fields(first(body.cardsV2)?.card ?? first(body.cards)).header;
  const found = fields(card);
  const blocks = [...list(body.blocks), ...list(found.blocks), ...list(fields(found.content).body)];
  const texts = blocks.flatMap((block) => firstText(fields(fields(block).text).text, fields(block).text) ?? []);
  const pairs = [body.fields, found.fields, found.facts].flatMap(pairsOf);
  if (card === undefined && texts.length === 0 && pairs.length === 0) return [];
  return [
    {
      attachmentName: firstText(found.title, found.activityTitle, texts[0]),
      attachmentText: firstText(found.text, found.description, found.pretext, found.subtitle, found.fallback, texts[1]),
      attachmentLink: firstText(found.title_link, found.url),
    },
    Object.fromEntries(pairs),
    colourOf(found.color),
  ];
}

function first(value: unknown): Fields | undefined {
  return list(value).find(isFields);
}

/** `[{title|name|key, value}]`: how Slack, Teams, Discord and others list fields. */
function pairsOf(value: unknown): (readonly [string, unknown])[] {
  return list(value).flatMap((pair) => {
    const { title, name, key, value: said } = fields(pair);
    const label = firstText(title, name, key);
    return label === undefined ? [] : [[label, said] as const];
  });
}

/** The three colours that Slack names. */
function colourOf(colour: unknown): Fields {
  switch (word(colour)) {
    case 'good': return { state: 'good' };
    case 'warning': return { severity: 'warning' };
    default: return {};
  }
}

/** Opsgenie's webhook tells of everything that is done to an alert: support.atlassian.com, "Webhook" (Opsgenie), actions. */
const OPSGENIE_NEWS = new Set([
  'addnote', 'addtags', 'removetags', 'adddetails', 'removedetails', 'addrecipient', 'addteam', 'addresponder',
  'assign', 'assignownership', 'takeownership', 'escalate', 'escalatenext', 'snooze', 'snoozeended',
  'updatepriority', 'updatemessage', 'updatedescription', 'customaction',
]);

/** Statuspage's statuses of scheduled maintenances, and of a component in one: developer.statuspage.io, "Incidents" and "Components". */
const MAINTENANCE = new Set(['scheduled', 'in_progress', 'verifying', 'completed', 'under_maintenance']);

/** Why a body is no alert, where its sender says so by a word of its own; undefined for all others. */
export function notAnAlert(body: Fields, found: BareFields): string | undefined {
  const action = word(body.action)?.replace(/[^a-z]/g, '') ?? '';
  if (OPSGENIE_NEWS.has(action) && found.text('alertalertid') !== undefined) return `Opsgenie's '${action}' changes nothing about the alert's state`;
  const phase = found.text('buildphase')?.toLowerCase();
  const status = found.text('buildstatus')?.toLowerCase();
  if (phase !== undefined && status === undefined) return `a build that is ${phase} is not an alert`;
  if (phase !== undefined && ['aborted', 'not_built'].includes(status!)) return 'a build that was not run to its end is not an alert';
  const published = found.text('pageid', 'incidentpageid') === undefined ? undefined : found.text('incidentstatus', 'componentstatus')?.toLowerCase();
  if (published !== undefined && MAINTENANCE.has(published)) return `a maintenance on a status page ('${published}') is not an alert`;
  if (['subscriptionconfirmation', 'unsubscribeconfirmation'].includes(word(body.Type) ?? '')) {
    return "a subscription of Amazon SNS: use an integration of type 'cloudwatch', which confirms it";
  }
  return undefined;
}

/**
 * States that are no words: Home Assistant's binary sensors are on while they detect something (developers.home-assistant.io, "Binary sensor entity"), and
 * Uptime Kuma's heartbeat is 1 when the monitor is up, 0 when it is down.
 */
export function signalAction(found: BareFields): 'trigger' | 'resolve' | undefined {
  const beat = found.text('heartbeatstatus');
  if (beat === '0' || beat === '1') return beat === '1' ? 'resolve' : 'trigger';
  if (found.text('entityid')?.startsWith('binary_sensor.') !== true) return undefined;
  const state = found.text('state', 'tostate', 'newstate', 'tostatestate')?.toLowerCase();
  return state === 'on' ? 'trigger' : state === 'off' ? 'resolve' : undefined;
}
