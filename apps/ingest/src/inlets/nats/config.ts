import { choice, secretText, type FieldFault } from '@signalbox/adapter-config';
import { Type, type Static } from '@sinclair/typebox';
import { topicFault } from '../../gateway/message-reading.js';

/** What an operator enters to connect a NATS server. */
export const natsConfig = Type.Object({
  url: Type.String({ title: 'Server', description: 'nats://host:4222, or tls://host:4222', minLength: 1, maxLength: 2_048 }),
  user: Type.Optional(Type.String({ title: 'User', description: 'as the server knows it', minLength: 1, maxLength: 256 })),
  password: Type.Optional(secretText({ title: 'Password', description: 'of the user' })),
  token: Type.Optional(secretText({ title: 'Token', description: 'instead of a user' })),
  credentials: Type.Optional(secretText({ title: 'Credentials', description: 'the text of a .creds file', maxLength: 16_384 })),
  ca: Type.Optional(Type.String({
    title: 'Certificate authority',
    description: 'PEM, when the server has a certificate that the world does not know',
    maxLength: 65_536,
  })),
  subject: Type.Optional(Type.String({
    title: 'Subject',
    description: 'devices.*.alerts or plant.>; of a stream: without one, all of it',
    minLength: 1, maxLength: 512,
  })),
  queue: Type.Optional(Type.String({
    title: 'Queue group',
    description: 'of a subject without a stream: each message goes to one member of the group',
    minLength: 1, maxLength: 128,
  })),
  stream: Type.Optional(Type.String({
    title: 'Stream',
    description: 'of JetStream: its messages are acknowledged once they are stored, so nothing is lost. Without one the server keeps nothing for us',
    minLength: 1, maxLength: 255,
  })),
  consumer: Type.Optional(Type.String({
    title: 'Consumer',
    description: 'a durable consumer of the stream that exists; without one, the inlet makes its own',
    minLength: 1, maxLength: 255,
  })),
  from: choice(['new', 'all'], {
    title: 'From',
    description: 'where a consumer of our own begins: with what comes, or with what the stream has',
    default: 'new',
  }),
  topicPrefix: Type.String({
    title: 'Topic prefix',
    description: 'put before the topic of each message (its subject with slashes): plant-7/',
    maxLength: 256, default: '',
  }),
}, { additionalProperties: false });

export type NatsConfig = Static<typeof natsConfig>;

const NAME = /^[^\s.*>/\\\u0000-\u001f\u007f]+$/;

/** What a schema cannot tell: the address, names and subjects, and what goes with what. */
export function checkNats({ url, user, password, token, credentials, ca, subject, queue, stream, consumer, topicPrefix }: NatsConfig): FieldFault[] {
  const fault = (path: string, message: string | undefined): FieldFault[] => (message === undefined ? [] : [{ path, message }]);
  const ways = [user, token, credentials].filter((way) => way !== undefined).length;
  return [
    ...fault('url', serverFault(url, ca !== undefined)),
    ...fault('user', ways > 1 ? 'is one of three: a user, a token or credentials' : undefined),
    ...fault('password', password !== undefined && user === undefined ? 'needs a user' : undefined),
    ...fault('subject', subject === undefined ? undefined : subjectFault(subject)),
    ...fault('subject', subject === undefined && stream === undefined ? 'is required without a stream' : undefined),
    ...fault('subject', subject !== undefined && consumer !== undefined ? 'is for the consumer to say, which exists' : undefined),
    ...fault('queue', queue === undefined ? undefined : stream !== undefined ? 'is not for a stream' : nameFault(queue)),
    ...fault('stream', stream === undefined ? undefined : nameFault(stream)),
    ...fault('consumer', consumer === undefined ? undefined : stream === undefined ? 'needs a stream' : nameFault(consumer)),
    ...fault('topicPrefix', topicPrefix === '' ? undefined : topicFault(topicPrefix)),
  ];
}

function serverFault(text: string, hasCa: boolean): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['nats:', 'tls:'].includes(url.protocol) || url.hostname === '') return 'must be nats://host:port or tls://host:port';
  if (url.username !== '' || url.password !== '') return 'must not hold credentials: enter them in their own fields';
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') return 'must end after the port';
  if (hasCa && url.protocol !== 'tls:') return 'must begin with tls:// when there is a certificate authority';
  return undefined;
}

function nameFault(name: string): string | undefined {
  return NAME.test(name) ? undefined : 'must not hold blanks, dots, wildcards, slashes or control characters';
}

/** Why a text is no subject to read (NATS: subject-based messaging); undefined when it is one. */
export function subjectFault(subject: string): string | undefined {
  if (subject.startsWith('$')) return 'must not begin with $: those subjects are the server\'s own';
  const tokens = subject.split('.');
  if (/[\s\u0000-\u001f\u007f]/.test(subject) || tokens.includes('')) return 'must be words with dots between them, without blanks';
  const isWrong = tokens.some((token, index) => (token.includes('*') && token !== '*')
    || (token.includes('>') && (token !== '>' || index < tokens.length - 1)));
  return isWrong ? 'must have * for a whole word, and > only as the last one' : undefined;
}

/** Host and port of the server. */
export function serverOf({ url }: NatsConfig): { host: string; port: number; tls: boolean } {
  const { protocol, hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 4_222 : Number(port), tls: protocol === 'tls:' };
}
