import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** Data of the systems under measure (thrown away) and the results (kept). */
export const benchDir = join(root, '.bench');
