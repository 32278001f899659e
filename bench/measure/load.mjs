// The load generator, a process of its own: 64 keep-alive connections, as fast as it goes (each with one request on its way) or at a pace.
import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { answer } from './child.mjs';
import { nowMs } from './clock.mjs';
import { ascending, percentile } from './statistics.mjs';

answer({ saturate, pace });

/**
 * Posts `before + id + after` for `seconds` after `warmUpSeconds`. Ids are `<prefix><n>`. `signature`, `{ header, prefix, secret }`: each body is signed with
 * HMAC-SHA256 in hex.
 * Gives `{ perSecond, p50, p99, cpu, sent, refused }`: latencies in ms, `cpu` the generator's share of one core, `refused` the numbers not answered with 202.
 */
async function saturate({ url, path, headers, before, after, prefix, seconds, warmUpSeconds, signature, connections = 64 }) {
  const signed = signature === undefined
    ? () => headers
    : (body) => ({ ...headers, [signature.header]: signature.prefix + createHmac('sha256', signature.secret).update(body).digest('hex') });
  const pool = new Pool(url, { connections, pipelining: 1 });
  const started = performance.now();
  const from = started + warmUpSeconds * 1_000;
  const until = from + seconds * 1_000;
  const refused = [];
  const latencies = [];
  let sent = 0;
  let cpu;
  const post = async () => {
    for (let now = performance.now(); now < until; ) {
      const number = (sent += 1);
      const body = before + prefix + number + after;
      const ok = await accepts(pool, { method: 'POST', path, headers: signed(body), body });
      const then = now;
      now = performance.now();
      if (!ok) refused.push(number);
      else if (then >= from && now < until) latencies.push(now - then);
      if (then >= from) cpu ??= process.cpuUsage();
    }
  };
  await Promise.all(Array.from({ length: connections }, post));
  const used = process.cpuUsage(cpu);
  await pool.close();
  const sorted = ascending(latencies);
  return {
    perSecond: latencies.length / seconds, p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99),
    cpu: (used.user + used.system) / 1e6 / seconds, sent, refused,
  };
}

/**
 * Posts `perSecond` evenly for `seconds`, whatever the answers take (open loop). The id stands for every `ID` in `body`.
 * Gives `[{ id, sentAt, acceptedAt }]` of those that were accepted, in ms of the machine's clock.
 */
async function pace({ url, path, headers, body, prefix, seconds, perSecond, connections = 64 }) {
  const pool = new Pool(url, { connections, pipelining: 1 });
  const started = nowMs();
  const accepted = [];
  const post = async (id) => {
    const sentAt = nowMs();
    if (await accepts(pool, { method: 'POST', path, headers, body: body.replaceAll('ID', id) })) accepted.push({ id, sentAt, acceptedAt: nowMs() });
  };
  const posts = [];
  for (let number = 0; number < seconds * perSecond; number += 1) {
    const wait = started + (number * 1_000) / perSecond - nowMs();
    if (wait > 0) await sleep(wait);
    posts.push(post(`${prefix}${number}`));
  }
  await Promise.all(posts);
  await pool.close();
  return accepted;
}

async function accepts(pool, request) {
  try {
    const { statusCode, body } = await pool.request(request);
    await body.dump();
    return statusCode === 202;
  } catch {
    return false;
  }
}
