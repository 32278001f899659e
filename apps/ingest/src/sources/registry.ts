import type { Source } from './contract.js';
import { appdynamics } from './appdynamics/index.js';
import { betterUptime } from './better-uptime/index.js';
import { bitbucket } from './bitbucket/index.js';
import { datadog } from './datadog/index.js';
import { dynatrace } from './dynatrace/index.js';
import { elastic } from './elastic/index.js';
import { events } from './events/index.js';
import { github } from './github/index.js';
import { gitlab } from './gitlab/index.js';
import { grafana } from './grafana/index.js';
import { honeycomb } from './honeycomb/index.js';
import { icinga } from './icinga/index.js';
import { nagios } from './nagios/index.js';
import { newrelic } from './newrelic/index.js';
import { pagerduty } from './pagerduty/index.js';
import { pingdom } from './pingdom/index.js';
import { azure } from './azure/index.js';
import { cloudwatch } from './cloudwatch/index.js';
import { googleCloudMonitoring } from './google-cloud-monitoring/index.js';
import { prometheus } from './prometheus/index.js';
import { sentry } from './sentry/index.js';
import { splunkObservability } from './splunk-observability/index.js';
import { splunkOncall } from './splunk-oncall/index.js';
import { uptimeKuma } from './uptime-kuma/index.js';
import { uptimerobot } from './uptimerobot/index.js';
import { vercel } from './vercel/index.js';
import { webhook } from './webhook/index.js';
import { zabbix } from './zabbix/index.js';

/** Every kind of sender: one line each. */
export const SOURCES = [
  prometheus,
  github,
  webhook,
  events,
  datadog,
  grafana,
  newrelic,
  gitlab,
  bitbucket,
  vercel,
  pagerduty,
  uptimerobot,
  pingdom,
  betterUptime,
  uptimeKuma,
  zabbix,
  appdynamics,
  dynatrace,
  elastic,
  honeycomb,
  sentry,
  splunkObservability,
  splunkOncall,
  nagios,
  icinga,
  cloudwatch,
  azure,
  googleCloudMonitoring,
] as const satisfies readonly Source[];

export type SourceType = (typeof SOURCES)[number]['type'];

const byType = new Map<string, Source>(SOURCES.map((source) => [source.type, source]));

/** The source of a type; undefined when there is none. */
export function sourceOf(type: string): Source | undefined {
  return byType.get(type);
}
