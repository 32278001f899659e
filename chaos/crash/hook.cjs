// Loaded into a service by NODE_OPTIONS=--require, so that the service knows nothing of it: makes the process die, by its own SIGKILL, exactly at a point
// between two steps. On SIGUSR2 it reads a rule from the file CHAOS_CRASH_FILE, and removes the file as a sign that it holds:
// { on: query | commit | publish | ack | send, when: before | after, match: a regular expression, nth: at which of the steps that match }.
const { subscribe } = require('node:diagnostics_channel');
const { readFileSync, rmSync } = require('node:fs');
const { JetStreamClientImpl } = require('nats/lib/jetstream/jsclient');
const { MsgImpl } = require('nats/lib/nats-base-client/msg');
const { Client } = require('pg');

const file = process.env.CHAOS_CRASH_FILE;
let rule;

process.on('SIGUSR2', () => {
  const { match, ...rest } = JSON.parse(readFileSync(file, 'utf8'));
  rule = { ...rest, match: new RegExp(match, 's'), left: rest.nth };
  rmSync(file);
});

function reach(when, on, text) {
  if (rule === undefined || rule.on !== on || rule.when !== when || !rule.match.test(text)) return;
  rule.left -= 1;
  if (rule.left === 0) process.kill(process.pid, 'SIGKILL');
}

/** The statements of the transaction that is open on a connection: a commit is told by what it commits. */
const open = new WeakMap();

const { query } = Client.prototype;
Client.prototype.query = function (...args) {
  const text = typeof args[0] === 'string' ? args[0] : String(args[0]?.text ?? '');
  if (text.startsWith('begin')) open.set(this, '');
  const on = text === 'commit' ? 'commit' : 'query';
  const subject = on === 'commit' ? open.get(this) ?? '' : text;
  if (on === 'query' && open.has(this)) open.set(this, `${open.get(this)}\n${text}`);
  reach('before', on, subject);
  const callback = args.findIndex((arg) => typeof arg === 'function');
  if (callback < 0) return after(query.apply(this, args), on, subject);
  const done = args[callback];
  args[callback] = (error, ...rest) => {
    if (!error) reach('after', on, subject);
    done(error, ...rest);
  };
  return query.apply(this, args);
};

/** The server has answered, and nobody here has heard it yet. */
function after(answer, on, text) {
  return typeof answer?.then !== 'function' ? answer : answer.then((value) => {
    reach('after', on, text);
    return value;
  });
}

const { publish } = JetStreamClientImpl.prototype;
JetStreamClientImpl.prototype.publish = function (subject, ...rest) {
  reach('before', 'publish', subject);
  return after(publish.call(this, subject, ...rest), 'publish', subject);
};

const { respond } = MsgImpl.prototype;
MsgImpl.prototype.respond = function (data, options) {
  const text = Buffer.from(data ?? []).toString();
  reach('before', 'ack', text);
  const answer = respond.call(this, data, options);
  // What was written has to be with the server: a flush is answered after it.
  if (rule?.on === 'ack' && rule.when === 'after') void this.publisher.flush().then(() => reach('after', 'ack', text), () => undefined);
  return answer;
};

subscribe('undici:request:create', ({ request }) => reach('before', 'send', request.path));
subscribe('undici:request:headers', ({ request }) => reach('after', 'send', request.path));
