// Jest's globalSetup for *.int.spec.ts: one Postgres for the whole run. A container when a Docker engine answers, else the packaged binaries.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../tools/servers/postgres.mjs';

export default async function setup() {
  const server = (await inContainer()) ?? (await embedded());
  process.env.SIGNALBOX_TEST_POSTGRES = server.url;
  globalThis.signalboxTestPostgres = server;
}

async function embedded() {
  const dir = mkdtempSync(join(tmpdir(), 'signalbox-postgres-'));
  const server = await startPostgres({ dir, password: 'test', durable: false });
  return { url: server.url, stop: () => server.stop().then(() => rmSync(dir, { recursive: true, force: true })) };
}

async function inContainer() {
  if (!process.env.DOCKER_HOST && !existsSync('/var/run/docker.sock')) return undefined;
  try {
    const { GenericContainer, Wait } = await import('testcontainers');
    const container = await new GenericContainer('postgres:18-alpine')
      .withEnvironment({ POSTGRES_USER: 'signalbox', POSTGRES_PASSWORD: 'test' })
      .withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_connections=200'])
      .withExposedPorts(5432)
      .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
      .withStartupTimeout(60_000)
      .start();
    return { url: `postgres://signalbox:test@${container.getHost()}:${container.getMappedPort(5432)}/signalbox`, stop: () => container.stop() };
  } catch (error) {
    console.warn(`Docker could not give a Postgres (${error.message}); using the packaged one.`);
    return undefined;
  }
}
