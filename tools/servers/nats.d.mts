import type { Server } from './process.mjs';

export function startNats(options: { dir: string; port?: number; syncInterval?: 'always'; detached?: boolean; onCrash?: (how: unknown) => void; say?: (line: string) => void }): Promise<Server>;
