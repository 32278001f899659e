// What each service is told by its environment.
import { fileURLToPath } from 'node:url';

const apiDocument = fileURLToPath(new URL('../../docs/openapi.json', import.meta.url));

/**
 * The environment of service `name`. `urls` are the services' own, `databaseUrl` the owner's (the services'
 * too, when it may make no roles: `ownRoles` false); `extra` wins over everything.
 */
export function environmentOf(name, { port, urls, natsUrl, databaseUrl, ownRoles = true, secrets, extra = {} }) {
  return {
    BIND_ADDRESS: '127.0.0.1',
    LOG_LEVEL: 'info',
    PUBLIC_INGEST_URL: urls.ingest,
    PUBLIC_ADMIN_URL: urls.admin,
    ...process.env,
    SERVICE_PORT: String(port),
    NATS_URL: natsUrl,
    DATABASE_URL: ownRoles ? roleUrl(databaseUrl, name, secrets.rolePasswords[name]) : databaseUrl,
    SIGNALBOX_MASTER_KEY: secrets.masterKey,
    IDENTITY_PUBLIC_KEY: secrets.identity.publicKey,
    ...(name === 'admin' ? adminOnly(urls, secrets) : {}),
    ...extra,
  };
}

function adminOnly(urls, { identity, bootstrap }) {
  const others = Object.entries(urls).filter(([name]) => name !== 'admin').map(([name, url]) => [`${name.toUpperCase()}_URL`, url]);
  return {
    IDENTITY_PRIVATE_KEY: identity.privateKey,
    ...Object.fromEntries(others),
    OPENAPI_FILE: apiDocument,
    BOOTSTRAP_EMAIL: bootstrap.email,
    BOOTSTRAP_PASSWORD: bootstrap.password,
    BOOTSTRAP_TENANT: bootstrap.tenant,
  };
}

/** The owner's URL with the service's own role in it. */
function roleUrl(databaseUrl, name, password) {
  const url = new URL(databaseUrl);
  url.username = `signalbox_${name}`;
  url.password = encodeURIComponent(password);
  return url.href;
}
