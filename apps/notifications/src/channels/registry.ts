import type { Channel } from './contract.js';
import { email } from './email/email.js';
import { slack } from './slack/slack.js';
import { webhook } from './webhook/webhook.js';

/** Every kind of channel: one line each. */
export const CHANNELS: readonly Channel[] = [
  slack,
  email,
  webhook,
];

const byName = new Map(CHANNELS.flatMap((channel) => [channel.kind, ...(channel.aliases ?? [])].map((name) => [name, channel] as const)));

/** The channel of a kind, by its name or an alias; undefined when there is none. */
export function channelOf(kind: string): Channel | undefined {
  return byName.get(kind);
}
