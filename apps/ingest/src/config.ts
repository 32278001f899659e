import { Flag, Secret, type HouseConfig } from '@signalbox/runtime';
import { Type, type Static } from '@sinclair/typebox';

/** What this service is told beside the house's settings. */
export const settings = Type.Object({
  INTEGRATION_VERIFY_SIGNATURES: Flag({ default: true, description: 'false: signatures are not looked at (tests only)' }),
  INTEGRATION_RATE_LIMIT: Flag({ default: true, description: 'false: no limit on requests a minute (tests only)' }),
  REQUEST_LOG_DAYS: Type.Integer({
    minimum: 0, maximum: 365, default: 7,
    description: 'how long the requests of an integration are kept for reading; 0 keeps none',
  }),
  REQUEST_LOG_ROWS: Type.Integer({
    minimum: 10, maximum: 1_000_000, default: 1_000,
    description: 'requests kept per integration: so many that were taken and as many that were refused',
  }),
  INGEST_SCRAPE_TOKEN: Type.Optional(Secret({
    pattern: '^[!-~]{16,}$',
    description: 'a bearer token that reads the health of all tenants’ integrations; at least 16 characters',
  })),
  TRUSTED_PROXIES: Type.Integer({
    minimum: 0, maximum: 10, default: 0,
    description: 'how many proxies of yours stand in front: so many addresses of X-Forwarded-For are believed',
  }),
  OUTBOUND_ALLOW_PRIVATE: Flag({
    default: false,
    description: "what TLS monitors look at, what inlets connect to, and vendors' certificates and keys, may be at private and loopback addresses",
  }),
  OUTBOUND_ALLOW_CIDRS: Type.String({
    default: '',
    description: "networks that these may be in whatever they are (your own, a VPC endpoint of SNS), separated by commas",
  }),
});

export type Config = HouseConfig & Static<typeof settings>;
