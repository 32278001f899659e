// Runs tools/migrate.mjs in a process of its own, as a deployment does.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Makes roles, schemas and tables under the owner's URL. Tells whether each service has a role of its own; throws with what the migration said. */
export async function migrate({ root, databaseUrl, rolePasswords }) {
  const env = { ...process.env, DATABASE_URL: databaseUrl, ROLE_PASSWORDS: JSON.stringify(rolePasswords) };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'tools', 'migrate.mjs')], { env, maxBuffer: 64 * 1024 * 1024 });
    return { ownRoles: stdout.includes('each service connects as its own role') };
  } catch (error) {
    throw new Error(`The database could not be migrated (exit code ${error.code}):\n${error.stdout ?? ''}${error.stderr ?? ''}`.trim());
  }
}
