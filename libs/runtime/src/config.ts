import { Type, type Static, type TObject } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

/** A setting whose value is never printed. */
export const Secret = (options: { description?: string; default?: string; pattern?: string } = {}) => Type.String({ minLength: 1, ...options, secret: true });
export const Port = (options: { description?: string; default?: number } = {}) => Type.Integer({ minimum: 0, maximum: 65_535, ...options });
export const Flag = (options: { description?: string; default?: boolean } = {}) => Type.Boolean(options);

/** 32 bytes in base64. */
const KEY = '[A-Za-z0-9+/_-]{43}=?';
/** How `-----BEGIN ` begins in base64. */
const PEM = 'LS0tLS1CRUdJTi';

/** What every service is told by its environment. */
export const HouseSettings = Type.Object({
  SERVICE_PORT: Port({ description: 'where the service listens' }),
  PRIVATE_PORT: Type.Optional(Port({ description: 'where /metrics and /readyz are served; without it, on SERVICE_PORT too' })),
  BIND_ADDRESS: Type.String({ default: '0.0.0.0', description: 'the address to listen on' }),
  NATS_URL: Type.String({ minLength: 1, description: 'nats://host:port, several separated by commas' }),
  DATABASE_URL: Secret({ pattern: '^postgres(ql)?://', description: "this service's own role: postgres://signalbox_<service>:…@host:port/database" }),
  SIGNALBOX_MASTER_KEY: Secret({ pattern: `^${KEY}(,${KEY})*$`, description: '32 bytes in base64; several separated by commas: the first seals, all open' }),
  IDENTITY_PUBLIC_KEY: Secret({ pattern: `^${PEM}`, description: 'verifies the identity that admin sends along: Ed25519 PEM, in base64' }),
  PUBLIC_INGEST_URL: Type.String({ default: 'http://localhost:8080', description: 'how the outside reaches the gateway (links in notifications)' }),
  PUBLIC_ADMIN_URL: Type.String({ default: 'http://localhost:8081', description: 'how people reach the console' }),
  LOG_LEVEL: Type.Union(['debug', 'info', 'warn', 'error', 'silent'].map((l) => Type.Literal(l)), { default: 'info' }),
  DATABASE_POOL: Type.Integer({ minimum: 2, maximum: 200, default: 10, description: 'connections to Postgres at most' }),
  STREAM_REPLICAS: Type.Integer({ minimum: 1, maximum: 5, default: 1, description: 'copies of each stream: 3 in a NATS cluster of 3' }),
  STREAM_MAX_MEGABYTES: Type.Integer({ minimum: 16, default: 1024, description: 'the size of each large stream at most; a full one refuses new messages' }),
});

export type HouseConfig = Static<typeof HouseSettings>;

/** Settings that cannot be used, all of them at once. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`the settings cannot be used:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
}

/** Parses the environment against the house's settings and the service's own. Throws ConfigError naming every fault. */
export function parseConfig<S extends TObject>(own: S, env: NodeJS.ProcessEnv): HouseConfig & Static<S> {
  const schema = settingsOf(own);
  const given = Object.fromEntries(Object.keys(schema.properties).flatMap((name) => (env[name] === undefined || env[name] === '' ? [] : [[name, env[name]]])));
  const value = Value.Default(schema, Value.Convert(schema, given));
  const faults = new Map<string, string>();
  for (const error of Value.Errors(schema, value)) {
    const name = error.path.slice(1);
    if (!faults.has(name)) faults.set(name, `${name}: ${given[name] === undefined ? 'is missing' : error.message}${hint(schema, name)}`);
  }
  if (faults.size > 0) throw new ConfigError(Object.keys(schema.properties).flatMap((name) => faults.get(name) ?? []));
  return value as HouseConfig & Static<S>;
}

/** The settings as they are printed at start: secrets masked, and the name and password within any address. */
export function printable(own: TObject, config: Record<string, unknown>): Record<string, unknown> {
  const { properties } = settingsOf(own);
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [name, properties[name]?.secret === true ? MASK : withoutCredentials(value)]));
}

const MASK = '••••••••';

function withoutCredentials(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/:\/\/[^/@\s,]*@/g, `://${MASK}@`) : value;
}

function settingsOf(own: TObject): TObject {
  return Type.Object({ ...HouseSettings.properties, ...own.properties });
}

function hint(schema: TObject, name: string): string {
  const description = schema.properties[name]?.description;
  return description === undefined ? '' : ` (${description})`;
}
