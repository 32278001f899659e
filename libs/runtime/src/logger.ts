import type { LoggerService } from '@nestjs/common';
import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

/** One JSON object a line, with the service's name; whatever looks like a credential is cut out before it is written. */
export function createLogger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: ['*.password', '*.secret', '*.authorization', '*.cookie', 'headers.authorization', 'headers.cookie'], censor: '••••••••' },
  });
}

/** What Nest itself has to say, in the same form; its tales of every mapped route are left out. */
export function nestLogger(logger: Logger): LoggerService {
  const say = (level: 'info' | 'warn' | 'error' | 'debug') => (message: unknown, ...rest: unknown[]): void => {
    logger[level]({ from: 'nest', rest: rest.length === 0 ? undefined : rest.map(String) }, String(message));
  };
  return { log: () => undefined, verbose: () => undefined, debug: () => undefined, warn: say('warn'), error: say('error'), fatal: say('error') };
}
