import type { Server } from './process.mjs';

export function startPostgres(options: { dir: string; password: string; port?: number; database?: string; durable?: boolean; detached?: boolean; onCrash?: (how: unknown) => void }): Promise<Server>;
export function createDatabase(url: string, name: string): Promise<void>;
