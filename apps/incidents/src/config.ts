import { Flag, Secret } from '@signalbox/runtime';
import { Type } from '@sinclair/typebox';

/** What this service is told beside the house's settings. */
export const settings = Type.Object({
  DEAD_MAN_URL: Type.Optional(Secret({
    pattern: '^https?://',
    description: 'asked for (GET) every minute in which no escalation is overdue: a watchdog outside that tells you when it is not',
  })),
  OUTBOUND_ALLOW_PRIVATE: Flag({ default: false, description: 'the dead-man address may be private or loopback' }),
  OUTBOUND_ALLOW_CIDRS: Type.String({ default: '', description: 'networks that it may be in whatever they are, separated by commas' }),
});
