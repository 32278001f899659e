import { randomBytes } from 'node:crypto';
import { argon2id, argon2Verify } from 'hash-wasm';

/** OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, 2 passes, 1 lane. */
const PARAMETERS = { memorySize: 19_456, iterations: 2, parallelism: 1, hashLength: 32 } as const;
const CURRENT = `$argon2id$v=19$m=${PARAMETERS.memorySize},t=${PARAMETERS.iterations},p=${PARAMETERS.parallelism}$`;

/** Hashes a password with argon2id; out: the PHC string (`$argon2id$…`), salt and parameters included. */
export function hashPassword(password: string): Promise<string> {
  return argon2id({ ...PARAMETERS, password: normalise(password), salt: randomBytes(16), outputType: 'encoded' });
}

/**
 * Whether a password belongs to a stored hash. Without a hash (nobody of that name) the same work is done and the answer
 * is no, so that the time taken does not tell which accounts exist.
 */
export async function verifyPassword(password: string, hash: string | undefined): Promise<boolean> {
  const known = hash?.startsWith('$argon2id$') === true;
  const matches = await argon2Verify({ password: normalise(password), hash: known ? hash : await nobodysHash() });
  return known && matches;
}

/** Whether a stored hash was made with other parameters than today's; then hash the password anew after a sign-in. */
export function needsRehash(hash: string): boolean {
  return !hash.startsWith(CURRENT);
}

let nobody: Promise<string> | undefined;
function nobodysHash(): Promise<string> {
  nobody ??= hashPassword(randomBytes(16).toString('hex'));
  return nobody;
}

/** One form for what one keyboard types as one sign and another as two (NIST SP 800-63B asks for it). */
function normalise(password: string): string {
  return password.normalize('NFKC');
}
