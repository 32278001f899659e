// Brings every service's schema up to date: roles, schemas, tables, grants. Run it with the owner's DATABASE_URL.
// ROLE_PASSWORDS is a JSON object of service → password; a service without one keeps the password it has.
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
require('reflect-metadata');
const { migrate } = require('@signalbox/database');

const services = ['ingest', 'incidents', 'notifications', 'delivery', 'ops', 'admin']
  .map((name) => join(root, 'apps', name, 'dist', 'schema.js'))
  .filter((file) => existsSync(file))
  .map((file) => require(file).schema);

const ownerUrl = process.env.DATABASE_URL;
if (!ownerUrl) {
  console.error("DATABASE_URL is not set: give the owner's connection, postgres://owner:…@host:port/database");
  process.exit(1);
}
if (services.length === 0) {
  console.error('nothing is built: run `npm run build` first');
  process.exit(1);
}

migrate(services, { ownerUrl, rolePasswords: JSON.parse(process.env.ROLE_PASSWORDS ?? '{}'), log: (line) => console.log(`migrate: ${line}`) })
  .then(({ ownRoles }) => {
    console.log(`migrate: done; ${ownRoles ? 'each service connects as its own role' : 'all services connect as the owner'}`);
  })
  .catch((error) => {
    console.error(`migrate: ${error.message}`);
    process.exit(1);
  });
