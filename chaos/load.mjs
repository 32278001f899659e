import { setTimeout as sleep } from 'node:timers/promises';
import { chance } from './random.mjs';
import { TOPICS } from './scene.mjs';

const PATIENCE_MS = 120_000;
/** How often each topic is sent to, unless a scenario says otherwise. */
const TOPIC_WEIGHTS = {
  'chaos/fast': 50, 'chaos/failing': 6, 'chaos/refusing': 8, 'chaos/hanging': 10,
  'chaos/limited': 12, 'chaos/resetting': 12, 'elsewhere/none': 8,
};

/**
 * Sends until told to stop. Each dedup key has a sender of its own that waits for the 202 before it sends the next event, and repeats
 * (with the same Idempotency-Key) what was not answered: so the order in which a key's events were accepted is known, and nothing is uncertain.
 * `name` keeps the keys and ids of several loads apart; `keys`, `senders` and `poisons` say how many of each there are (a poison's events are refused
 * by a store that `poisonTheStore` has prepared); `padding` makes every event and message so many characters longer; `topics` weighs the topics.
 * Gives `{ events: [{key, action, trace}], messages: [{id, topic, two}], poisoned: [{trace}], refusals, repeats, answers: {status: n} }` when it has ended.
 */
export function startLoad({ seed, ingestUrl, integration, apiKey, name = '', keys = 24, senders = 10, poisons = 0, padding = 0, topics = TOPIC_WEIGHTS }) {
  const record = { events: [], messages: [], poisoned: [], refusals: [], repeats: 0, answers: {} };
  let running = true;
  const isOver = () => !running;
  const post = async (path, headers, body) => {
    for (const deadline = Date.now() + PATIENCE_MS; ; record.repeats += 1) {
      const answer = await once(`${ingestUrl}${path}`, headers, body);
      record.answers[answer.status] = (record.answers[answer.status] ?? 0) + 1;
      if (answer.status === 202) return answer;
      if (answer.status >= 400 && answer.status < 500) record.refusals.push(`${path} ${answer.status} ${answer.text.slice(0, 200)}`);
      if (Date.now() > deadline) throw new Error(`${path} was not accepted within ${PATIENCE_MS / 1000} s (last: ${answer.status} ${answer.text})`);
      await sleep(100);
    }
  };
  const common = { post, integration, apiKey, record, isOver, seed, padding: 'x'.repeat(padding) };
  const work = [
    ...Array.from({ length: keys }, (_, index) => sendEvents({ key: `${name}key-${index}`, dice: chance(seed, `${name}events ${index}`), ...common })),
    ...Array.from({ length: poisons }, (_, index) => sendPoison({ key: `${name}poison-${index}`, dice: chance(seed, `${name}poison ${index}`), ...common })),
    ...Array.from({ length: senders }, (_, index) => sendMessages({
      prefix: `${seed}-${name}${index}`, dice: chance(seed, `${name}messages ${index}`), topics, ...common,
    })),
  ];
  const ended = Promise.all(work);
  ended.catch(() => undefined); // told by stop()
  return {
    record,
    stop: async () => {
      running = false;
      await ended;
      return record;
    },
  };
}

async function sendEvents({ key, dice, post, integration, record, isOver, seed, padding }) {
  for (let n = 1; !isOver(); n += 1) {
    const action = dice.weighted({ trigger: 55, resolve: 30, acknowledge: 15 });
    const payload = { summary: `${key} is unwell`, source: 'chaos', severity: 'error', custom_details: { n, padding } };
    const headers = { authorization: `Token token=${integration.key}`, 'idempotency-key': `${seed}-${key}-${n}` };
    const body = { event_action: action, dedup_key: key, ...(action === 'trigger' ? { payload } : {}) };
    const answer = await post('/api/events', headers, body);
    record.events.push({ key, n, action, trace: answer.trace });
    if (dice.happens(0.03)) {
      const again = await post('/api/events', headers, body);
      if (again.trace !== answer.trace || again.text !== answer.text) record.refusals.push(`a repeat was answered otherwise: ${again.text} for ${answer.text}`);
    }
    await sleep(dice.between(80, 600));
  }
}

/** Well-formed events that the store refuses. */
async function sendPoison({ key, dice, post, integration, record, isOver, seed }) {
  for (let n = 1; !isOver(); n += 1) {
    const headers = { authorization: `Token token=${integration.key}`, 'idempotency-key': `${seed}-${key}-${n}` };
    const answer = await post('/api/events', headers, {
      event_action: 'trigger', dedup_key: key,
      payload: { summary: 'poisoned', source: 'chaos', severity: 'error' },
    });
    record.poisoned.push({ key, trace: answer.trace });
    await sleep(dice.between(80, 600));
  }
}

async function sendMessages({ prefix, dice, topics, post, apiKey, record, isOver, padding }) {
  for (let n = 1; !isOver(); n += 1) {
    const batch = Array.from({ length: dice.happens(0.2) ? 5 : 1 }, (_, position) => {
      const topic = dice.weighted(topics);
      return { id: `${prefix}-${n}-${position}`, topic, payload: { n, padding, two: TOPICS[topic].includes('second') && dice.happens(0.5) } };
    });
    const answer = await post('/api/v1/messages', { authorization: `Bearer ${apiKey}` }, batch.length === 1 ? batch[0] : batch);
    for (const { id, topic, payload } of batch) record.messages.push({ id, topic, two: payload.two, trace: answer.trace });
    await sleep(dice.between(80, 500));
  }
}

async function once(url, headers, body) {
  try {
    const response = await fetch(url, {
      method: 'POST', headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body), signal: AbortSignal.timeout(8000),
    });
    return { status: response.status, text: await response.text(), trace: response.headers.get('x-signalbox-trace') };
  } catch (error) {
    return { status: 0, text: error.cause?.code ?? error.message, trace: null };
  }
}
