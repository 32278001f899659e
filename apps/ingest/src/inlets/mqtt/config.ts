import { choice, secretText, type FieldFault } from '@signalbox/adapter-config';
import { Type, type Static } from '@sinclair/typebox';
import { topicFault } from '../../gateway/message-reading.js';

const DAY_SECONDS = 86_400;

/** What an operator enters to connect a broker. */
export const mqttConfig = Type.Object({
  url: Type.String({ title: 'Broker', description: 'mqtt://host:1883, or mqtts://host:8883 with TLS', minLength: 1, maxLength: 2_048 }),
  version: choice(['5', '4'], { title: 'MQTT version', description: '4 is MQTT 3.1.1', default: '5' }),
  clientId: Type.Optional(Type.String({
    title: 'Client id',
    description: 'under which the broker keeps messages for us; without one it is made of the id of the inlet',
    minLength: 1, maxLength: 256,
  })),
  username: Type.Optional(Type.String({ title: 'User name', description: 'as the broker knows it', minLength: 1, maxLength: 1_024 })),
  password: Type.Optional(secretText({ title: 'Password', description: 'or token' })),
  ca: Type.Optional(Type.String({
    title: 'Certificate authority',
    description: 'PEM, when the broker has a certificate that the world does not know',
    maxLength: 65_536,
  })),
  topics: Type.Array(Type.Object({
    filter: Type.String({ title: 'Topic filter', description: 'devices/+/alerts, plant/#, or $share/<group>/<filter>', minLength: 1, maxLength: 1_024 }),
    qos: Type.Integer({
      title: 'QoS', description: '0 may lose messages; 1 and 2 are acknowledged once they are stored',
      minimum: 0, maximum: 2, default: 1, problem: 'must be 0, 1 or 2',
    }),
  }, { additionalProperties: false }), { title: 'Topics', description: 'what is read', minItems: 1, maxItems: 100 }),
  sessionExpirySeconds: Type.Integer({
    title: 'Session expiry', description: 'for how long the broker keeps messages while we are away, in seconds (MQTT 5; before, the broker decides)',
    minimum: 60, maximum: 365 * DAY_SECONDS, default: 7 * DAY_SECONDS, problem: 'must be a number of seconds between 60 and a year',
  }),
  topicPrefix: Type.String({ title: 'Topic prefix', description: 'put before the topic of each message: plant-7/', maxLength: 256, default: '' }),
}, { additionalProperties: false });

export type MqttConfig = Static<typeof mqttConfig>;

/** What a schema cannot tell: the address, the filters, the prefix. */
export function checkMqtt({ url, ca, topics, topicPrefix }: MqttConfig): FieldFault[] {
  const faults: FieldFault[] = [];
  const urlFault = brokerFault(url, ca !== undefined);
  if (urlFault !== undefined) faults.push({ path: 'url', message: urlFault });
  topics.forEach(({ filter }, index) => {
    const fault = filterFault(filter) ?? (topics.findIndex((other) => other.filter === filter) < index ? 'is there twice' : undefined);
    if (fault !== undefined) faults.push({ path: `topics.${index}.filter`, message: fault });
  });
  const prefix = topicPrefix === '' ? undefined : topicFault(topicPrefix);
  if (prefix !== undefined) faults.push({ path: 'topicPrefix', message: prefix });
  return faults;
}

function brokerFault(text: string, hasCa: boolean): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['mqtt:', 'mqtts:'].includes(url.protocol) || url.hostname === '') return 'must be mqtt://host:port or mqtts://host:port';
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password: enter them in their own fields';
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') return 'must end after the port';
  if (hasCa && url.protocol !== 'mqtts:') return 'must begin with mqtts:// when there is a certificate authority';
  return undefined;
}

/** Why a text is no topic filter (MQTT 5, 4.7 and 4.8.2); undefined when it is one. */
export function filterFault(text: string): string | undefined {
  if (/[\u0000-\u001f\u007f]|\p{Surrogate}/u.test(text)) return 'must not hold control characters';
  const shared = /^\$share\/([^/+#]+)\/(.+)$/s.exec(text);
  if (shared === null && text.startsWith('$')) return 'must not begin with $ (but for $share/<group>/<filter>): those topics are the broker\'s own';
  const filter = shared?.[2] ?? text;
  if (filter.startsWith('$')) return 'must not read topics that begin with $: they are the broker\'s own';
  const levels = filter.split('/');
  const isWrong = levels.some((level, index) => (level.includes('#') && (level !== '#' || index < levels.length - 1))
    || (level.includes('+') && level !== '+'));
  return isWrong ? 'must have + for a whole level, and # only as the last one' : undefined;
}

/** Host and port of the broker. */
export function brokerOf({ url }: MqttConfig): { host: string; port: number; isSecure: boolean } {
  const { protocol, hostname, port } = new URL(url);
  const isSecure = protocol === 'mqtts:';
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? (isSecure ? 8_883 : 1_883) : Number(port), isSecure };
}
