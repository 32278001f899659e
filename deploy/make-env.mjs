// Writes .env for docker-compose.yml with fresh secrets, readable by you alone. An .env that is there stays as it is.
// Usage: node deploy/make-env.mjs
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newSecrets } from '../tools/system/secrets.mjs';

const file = join(resolve(dirname(fileURLToPath(import.meta.url)), '..'), '.env');
if (existsSync(file)) {
  console.log('.env is there already: nothing done. Its master key opens what is sealed in the database; keep it.');
} else {
  const { postgresPassword, rolePasswords, masterKey, identity, bootstrap } = newSecrets();
  const values = {
    POSTGRES_PASSWORD: postgresPassword,
    ...Object.fromEntries(Object.entries(rolePasswords).map(([name, password]) => [`${name.toUpperCase()}_DB_PASSWORD`, password])),
    SIGNALBOX_MASTER_KEY: masterKey,
    IDENTITY_PUBLIC_KEY: identity.publicKey,
    IDENTITY_PRIVATE_KEY: identity.privateKey,
    BOOTSTRAP_EMAIL: bootstrap.email,
    BOOTSTRAP_PASSWORD: bootstrap.password,
    BOOTSTRAP_TENANT: 'main',
  };
  writeFileSync(file, `${Object.entries(values).map(([name, value]) => `${name}=${value}`).join('\n')}\n`, { mode: 0o600 });
  console.log(`.env is written. Sign in as ${bootstrap.email} with ${bootstrap.password}`);
}
