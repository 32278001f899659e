// The secrets of a local system, made once and kept in a file that only its user can read.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

export const serviceNames = ['ingest', 'incidents', 'notifications', 'delivery', 'ops', 'admin'];

/** `{ postgresPassword, rolePasswords: {<service>: …}, masterKey, identity: {publicKey, privateKey}, bootstrap: {email, password, tenant} }` */
export function loadSecrets(file) {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const secrets = newSecrets();
  writePrivately(file, secrets);
  return secrets;
}

/** Writes JSON that only the user can read, all of it or nothing. */
export function writePrivately(file, value) {
  writeFileSync(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Fresh ones, kept nowhere. */
export function newSecrets() {
  const keys = generateKeyPairSync('ed25519', { privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } });
  return {
    postgresPassword: word(),
    rolePasswords: Object.fromEntries(serviceNames.map((name) => [name, word()])),
    masterKey: randomBytes(32).toString('base64'),
    identity: { publicKey: base64(keys.publicKey), privateKey: base64(keys.privateKey) },
    bootstrap: { email: 'operator@signalbox.local', password: word(), tenant: 'demo' },
  };
}

const word = () => randomBytes(18).toString('base64url');
const base64 = (text) => Buffer.from(text).toString('base64');
