import { Secret } from '@signalbox/runtime';
import { Type, type Static } from '@sinclair/typebox';

const Url = (service: string) => Type.String({ pattern: '^http://[^/]+/?$', description: `where admin reaches ${service}: http://host:port` });

/** What this service is told beside the house's settings. */
export const settings = Type.Object({
  IDENTITY_PRIVATE_KEY: Secret({
    description: 'signs the identity that is sent along to the services: Ed25519 PEM, in base64; its public half is IDENTITY_PUBLIC_KEY',
  }),
  INGEST_URL: Url('ingest'),
  INCIDENTS_URL: Url('incidents'),
  NOTIFICATIONS_URL: Url('notifications'),
  DELIVERY_URL: Url('delivery'),
  OPS_URL: Url('ops'),
  TRUSTED_PROXIES: Type.Integer({
    minimum: 0, maximum: 10, default: 0,
    description: 'how many proxies of yours stand in front: so many addresses of X-Forwarded-For are believed',
  }),
  UPSTREAM_TIMEOUT_MS: Type.Integer({
    minimum: 100, maximum: 300_000, default: 30_000,
    description: 'how long a service may keep silent before its request is given up',
  }),
  OPENAPI_FILE: Type.Optional(Type.String({ description: 'the API document to serve at /api/openapi.json' })),
  BOOTSTRAP_EMAIL: Type.Optional(Type.String({
    pattern: '^[^@\\s]+@[^@\\s]+$',
    description: 'with the next two: the first administrator, made when there is no tenant yet',
  })),
  BOOTSTRAP_PASSWORD: Type.Optional(Secret({ description: "the first administrator's password" })),
  BOOTSTRAP_TENANT: Type.Optional(Type.String({ minLength: 1, maxLength: 120, description: "the first tenant's name" })),
});

export type AdminSettings = Static<typeof settings>;
