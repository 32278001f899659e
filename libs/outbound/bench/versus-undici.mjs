// How fast is the guarded way out, compared with undici bare? Usage: node tools/build.mjs libs/delivery-policy
// libs/outbound && node libs/outbound/bench/versus-undici.mjs [requests] [concurrency]
// A receiver in its own process; rounds alternate, so that both sides see the same noise; the medians are compared.
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { Agent } from 'undici';
import outboundLib from '../dist/index.js';

const REQUESTS = Number(process.argv[2] ?? 10_000);
const CONCURRENCY = Number(process.argv[3] ?? 32);
const ROUNDS = 9;

if (process.send !== undefined) {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}'));
  });
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
} else {
  const receiver = fork(new URL(import.meta.url));
  const port = await new Promise((resolve) => receiver.once('message', resolve));
  const url = `http://127.0.0.1:${port}/hook?token=1`;
  const headers = { 'content-type': 'application/json', 'webhook-id': 'msg_1' };
  const body = JSON.stringify({ text: 'x'.repeat(1_000) });

  const bare = new Agent({ connections: CONCURRENCY, pipelining: 1 });
  const guarded = outboundLib.createOutbound({ policy: { allowPrivate: true, allowCidrs: [] }, connectionsPerOrigin: CONCURRENCY });
  const contenders = {
    bare: async () => {
      const { origin, pathname, search } = new URL(url);
      const response = await bare.request({ origin, path: pathname + search, method: 'POST', headers, body });
      await response.body.text();
    },
    guarded: () => guarded.request({ method: 'POST', url, headers, body, timeoutMs: 10_000 }),
  };

  const rates = { bare: [], guarded: [] };
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const name of round % 2 === 0 ? ['bare', 'guarded'] : ['guarded', 'bare']) {
      const rate = await measure(contenders[name]);
      if (round >= 0) rates[name].push(rate); // the first round warms up
    }
  }
  const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  const [bareRate, guardedRate] = [median(rates.bare), median(rates.guarded)];
  console.log(`bare undici ${bareRate.toFixed(0)}/s, outbound ${guardedRate.toFixed(0)}/s, ratio ${(guardedRate / bareRate).toFixed(2)}`);
  await Promise.all([bare.close(), guarded.close()]);
  receiver.kill();
}

async function measure(send) {
  let left = REQUESTS;
  const startedAtMs = performance.now();
  await Promise.all(Array.from({ length: CONCURRENCY }, async () => {
    while (left-- > 0) await send();
  }));
  return REQUESTS / ((performance.now() - startedAtMs) / 1_000);
}
