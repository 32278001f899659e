import { Type } from '@sinclair/typebox';
import { randomBytes } from 'node:crypto';
import { ConfigError, Flag, Secret, parseConfig, printable } from './config.js';

const own = Type.Object({
  API_TOKEN: Secret({ description: 'from the console' }),
  VERIFY: Flag({ default: true }), WORKERS: Type.Integer({ minimum: 1, default: 4 }),
});
const key = randomBytes(32).toString('base64');
const good = {
  SERVICE_PORT: '8080', NATS_URL: 'nats://someone:hunter2@bus:4222,nats://someone:hunter2@bus2:4222',
  DATABASE_URL: 'postgres://signalbox_ops:hunter2@db/signalbox',
  SIGNALBOX_MASTER_KEY: key, IDENTITY_PUBLIC_KEY: Buffer.from('-----BEGIN PUBLIC KEY-----\n').toString('base64'), API_TOKEN: 'hunter2',
};

function faultsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    parseConfig(own, env);
    return [];
  } catch (error) {
    return (error as ConfigError).faults;
  }
}

describe('settings', () => {
  it('are read as what they are, with their defaults', () => {
    expect(parseConfig(own, { ...good, VERIFY: 'false', WORKERS: '8', BIND_ADDRESS: '' })).toMatchObject({
      SERVICE_PORT: 8080, VERIFY: false, WORKERS: 8, BIND_ADDRESS: '0.0.0.0', LOG_LEVEL: 'info',
    });
  });

  it('list all their faults at once, each one time, with what is expected', () => {
    const faults = faultsOf({
      ...good, SERVICE_PORT: 'eighty', DATABASE_URL: 'mysql://db', SIGNALBOX_MASTER_KEY: 'c2hvcnQ=',
      IDENTITY_PUBLIC_KEY: 'no pem', API_TOKEN: '', WORKERS: '0', VERIFY: 'perhaps',
    });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      'SERVICE_PORT', 'DATABASE_URL', 'SIGNALBOX_MASTER_KEY', 'IDENTITY_PUBLIC_KEY', 'API_TOKEN', 'VERIFY', 'WORKERS',
    ]);
    expect(faults.find((fault) => fault.startsWith('API_TOKEN'))).toBe('API_TOKEN: is missing (from the console)');
  });

  it('never say in a fault what was given: it may be a secret with a slip in it', () => {
    expect(faultsOf({ ...good, DATABASE_URL: 'postgre://u:hunter2@db', SIGNALBOX_MASTER_KEY: `${key},hunter2` }).join()).not.toContain('hunter2');
  });

  it('take several master keys', () => {
    expect(faultsOf({ ...good, SIGNALBOX_MASTER_KEY: `${key},${randomBytes(32).toString('base64')}` })).toEqual([]);
  });

  it('are printed without any secret, also not one within an address', () => {
    const printed = printable(own, parseConfig(own, good));
    expect(JSON.stringify(printed)).not.toContain('hunter2');
    expect(JSON.stringify(printed)).not.toContain(key);
    expect(printed).toMatchObject({ NATS_URL: 'nats://••••••••@bus:4222,nats://••••••••@bus2:4222', API_TOKEN: '••••••••', SERVICE_PORT: 8080 });
  });
});
