import type { ProcessName, ServiceName } from '../../tools/system.mjs';
import { eventually } from '@signalbox/testing';

interface Facts {
  readonly dir: string;
  readonly urls: Record<ServiceName, string>;
  readonly databaseUrl: string;
  readonly natsUrl: string;
  readonly bootstrap: { readonly email: string; readonly password: string };
  readonly door: string;
}

export const SERVICES: readonly ServiceName[] = ['ingest', 'incidents', 'notifications', 'delivery', 'ops', 'admin'];

/** The running product that global-setup.mjs has started: where it is, and its parts to be killed and started again. */
export const system: Facts = JSON.parse(process.env.SIGNALBOX_E2E ?? '{}') as Facts;

/** `kill -9`; returns when it is gone. */
export function kill(name: ProcessName): Promise<void> {
  return ask(`kill/${name}/SIGKILL`);
}

/** Starts it again; a server serves on return, a service may still be on its way (`ready`). */
export function restart(name: ProcessName): Promise<void> {
  return ask(`restart/${name}`);
}

/** Returns when every service's /readyz is 200. */
export function ready(): Promise<void> {
  return ask('ready');
}

export function pids(): Promise<Record<ProcessName, number>> {
  return ask('pids');
}

/** SIGTERM, as an orchestrator sends it: gives what is said of the end ("… exit code 0"). */
export async function terminate(name: ServiceName): Promise<string> {
  const before = (await ask<string[]>('said')).length;
  process.kill((await pids())[name], 'SIGTERM');
  return eventually(async () => (await ask<string[]>('said')).slice(before).find((line) => line.startsWith(`${name} has ended`)), {
    withinMs: 30_000, describe: `${name} to end`,
  });
}

async function ask<T>(what: string): Promise<T> {
  const response = await fetch(`${system.door}/${what}`, { method: 'POST' });
  const answer = (await response.json()) as T;
  if (!response.ok) throw new Error(`${what}: ${String(answer)}`);
  return answer;
}
