// Directories of systems that are thrown away.
import { existsSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { benchDir } from './paths.mjs';

/** Works in an empty `.bench/<name>`, and forgets it afterwards. */
export async function scratch(name, work) {
  const dir = join(benchDir, name);
  forget(dir);
  try {
    return await work(dir);
  } finally {
    forget(dir);
  }
}

/** Postgres' data may live elsewhere, behind a link (when its unprivileged user cannot enter the checkout). */
function forget(dir) {
  const data = join(dir, 'postgres', 'data');
  if (existsSync(data)) rmSync(realpathSync(data), { recursive: true, force: true });
  rmSync(dir, { recursive: true, force: true });
}
