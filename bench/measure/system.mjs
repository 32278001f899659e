// The product under measure: real NATS, real Postgres and services as processes, in a directory of its own that is thrown away.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import access from '@signalbox/access';
import { startSystem } from '../../tools/system.mjs';
import { benchDir } from './paths.mjs';
import { scratch } from './scratch.mjs';

const defaults = { LOG_LEVEL: 'warn', INTEGRATION_RATE_LIMIT: 'false', OUTBOUND_ALLOW_PRIVATE: 'true' };
const profiling = process.argv.includes('--profile')
  ? { NODE_OPTIONS: `--require ${fileURLToPath(new URL('profile.cjs', import.meta.url))}`, BENCH_PROFILE_DIR: join(benchDir, 'profiles') }
  : {};

/** Starts a system, works with it, stops it and forgets its data. Options are those of startSystem. */
export async function withSystem(name, { env = {}, ...options }, work) {
  return scratch(name, async (dir) => {
    const system = await startSystem({ dir, ...options, env: { ...defaults, ...profiling, ...env } });
    const interrupted = () => void system.stop().finally(() => process.exit(130));
    process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
    try {
      return await work(system);
    } finally {
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
      await system.stop();
    }
  });
}

/** What an operator does, without admin: each service is asked over HTTP under a signed identity, as admin would pass it on. */
export class Operator {
  #signer;
  #urls;

  constructor({ urls, secrets }, tenantId) {
    this.tenantId = tenantId;
    this.#urls = urls;
    this.#signer = access.createIdentitySigner(access.pemFromEnv(secrets.identity.privateKey));
  }

  /** The answer's body; a refusal is tried again for a while (a read model may not have been filled yet). */
  post(service, path, body) {
    return this.#send('POST', service, path, body);
  }

  put(service, path, body) {
    return this.#send('PUT', service, path, body);
  }

  async #send(method, service, path, body) {
    const subject = { type: 'user', id: this.tenantId, name: 'bench' };
    for (const deadline = Date.now() + 10_000; ; await new Promise((resolve) => { setTimeout(resolve, 100); })) {
      const identity = await this.#signer.sign({ tenantId: this.tenantId, subject, role: 'admin', scopes: [] }, service);
      const response = await fetch(this.#urls[service] + path, {
        method, headers: { 'content-type': 'application/json', 'x-signalbox-identity': identity }, body: JSON.stringify(body),
      });
      const answer = await response.json();
      if (response.ok) return answer;
      if (Date.now() > deadline) throw new Error(`${method} ${path} → ${response.status} ${JSON.stringify(answer)}`);
    }
  }
}
