import type { Server } from './process.mjs';

export function mosquittoBinary(): string | undefined;
export function startMosquitto(options: { dir: string; settings?: readonly string[] }): Promise<Server>;
