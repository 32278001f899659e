// Writes docs/openapi.json, the one API document of all services, from their code. With --check it writes nothing and fails when the
// committed one is not what the code says. Run `npm run build` first. Nothing is connected to: the services are put together, not started.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environmentOf } from './system/environment.mjs';
import { newSecrets, serviceNames } from './system/secrets.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const { openApiAccess } = require('@signalbox/access');
const { checkOpenApi, mergeDocuments, openApiDocument, writeOpenApi } = require('@signalbox/http-api');
const { describeService } = require('@signalbox/runtime');
const { version } = require('../package.json');

const NOWHERE = '127.0.0.1:1';
const info = { title: 'Signalbox', version };
const file = join(root, 'docs', 'openapi.json');

try {
  const secrets = newSecrets();
  const documents = [];
  for (const name of serviceNames) documents.push(...await documentsOf(name, secrets));
  const document = mergeDocuments(documents, info);
  requireReferences(document);
  const operations = Object.values(document.paths).flatMap((item) => Object.keys(item)).length;
  if (process.argv.includes('--check')) {
    const difference = await checkOpenApi(file, document);
    if (difference) throw new Error(`${difference} (npm run openapi)`);
    console.log(`openapi: ${relative(root, file)} agrees with the code: ${operations} operations`);
  } else {
    await writeOpenApi(file, document);
    console.log(`openapi: ${operations} operations written to ${relative(root, file)}`);
  }
  process.exit(0); // the services' connections would try for ever
} catch (error) {
  console.error(`openapi: ${error.message}`);
  process.exit(1);
}

/** The document of a service's controllers, and that of what it serves in front of the framework. */
async function documentsOf(name, secrets) {
  const module = join(root, 'apps', name, 'dist', 'app.module.js');
  if (!existsSync(module)) throw new Error(`${name} is not built: run \`npm run build\` first`);
  const urls = Object.fromEntries(serviceNames.map((each) => [each, `http://${NOWHERE}`]));
  const env = environmentOf(name, {
    port: 0, urls, natsUrl: `nats://${NOWHERE}`,
    databaseUrl: `postgres://nobody@${NOWHERE}/none`, secrets, extra: { LOG_LEVEL: 'silent' },
  });
  const { app, assembly } = await describeService(require(module).service, env);
  const own = await openApiDocument(app, { ...info, service: name, extras: openApiAccess });
  return assembly.frontDocument ? [own, assembly.frontDocument()] : [own];
}

/** Every `$ref` must lead somewhere. */
function requireReferences(document) {
  for (const [, reference] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    if (reference.split('/').reduce((part, key) => part?.[key], document) === undefined) {
      throw new Error(`the document refers to ${reference}, which it does not hold`);
    }
  }
}
