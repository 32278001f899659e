import { stableId } from '@signalbox/contracts';
import { BlockedAddressError, OutboundError } from '@signalbox/outbound';
import type { ISubscription, Packet } from 'mqtt-packet';
import { InletError, type InletKind, type OpenInlet, type Place, type Seat } from '../contract.js';
import { brokerOf, checkMqtt, mqttConfig, type MqttConfig } from './config.js';
import { IN_HAND, Reader } from './reader.js';
import { LARGEST_PACKET_BYTES, Wire, type Hello } from './wire.js';

const CONNECT_WITHIN_MS = 10_000;

/** A broker that speaks MQTT 5 or 3.1.1. */
export const mqtt: InletKind<typeof mqttConfig> = {
  kind: 'mqtt',
  displayName: 'MQTT broker',
  config: mqttConfig,
  check: checkMqtt,
  targets: (config) => [brokerOf(config)],
  open,
  probe,
};

async function open(config: MqttConfig, seat: Seat): Promise<OpenInlet> {
  const reader: Reader = new Reader(seat, () => wire);
  const wire = await connect(config, seat, (packet) => reader.packet(packet));
  try {
    const { sessionPresent } = await wire.hello(helloOf(config, seat, { clean: false }));
    await subscribe(wire, config, seat, sessionPresent);
  } catch (error) {
    wire.end();
    throw error;
  }
  return {
    ended: wire.ended,
    close: async ({ forGood }) => {
      await reader.close();
      wire.end();
      if (forGood) await forget(config, seat).catch(() => undefined);
    },
  };
}

/** A broker that has kept our session has kept our subscriptions: to ask for them again would bring every retained message again. */
async function subscribe(wire: Wire, config: MqttConfig, seat: Seat, hasSession: boolean): Promise<void> {
  const session = stableId('mqtt-session', config.url, clientIdOf(config, seat), config.username ?? '');
  const entry = ({ filter, qos }: MqttConfig['topics'][number]): string => `${session} ${qos} ${filter}`;
  const kept = hasSession ? seat.subscribed.filter((known) => known.startsWith(session)) : [];
  const filters = new Set(config.topics.map(({ filter }) => filter));
  const unwanted = kept.map((known) => known.split(' ').slice(2).join(' ')).filter((filter) => !filters.has(filter));
  // With MQTT 5 one can ask again without harm (`rh` 1: nothing retained for a subscription that exists), which also mends what someone took away.
  const wanted = config.version === '5' ? config.topics : config.topics.filter((topic) => !kept.includes(entry(topic)));
  if (unwanted.length > 0) await wire.unsubscribe(unwanted);
  if (wanted.length > 0) {
    const granted = await wire.subscribe(wanted.map(({ filter, qos }): ISubscription => ({
      topic: filter, qos: qos as 0 | 1 | 2, ...(config.version === '5' ? { rh: 1 } : {}),
    })));
    wanted.forEach(({ filter, qos }, index) => {
      if (granted[index]! >= 128) throw new InletError(`The broker refuses the subscription ${filter}: may this user read it?`);
      if (granted[index] === 0 && qos > 0) {
        throw new InletError(`The broker gives ${filter} with QoS 0 only, which may lose messages: ask for QoS 0 if that will do.`);
      }
    });
  }
  seat.keepSubscribed(config.topics.map(entry));
}

/** A session that is begun anew and ended at once leaves nothing behind. */
async function forget(config: MqttConfig, place: Place): Promise<void> {
  const wire = await connect(config, place, () => undefined);
  try {
    await wire.hello(helloOf(config, place, { clean: true }));
  } finally {
    wire.end();
  }
}

async function probe(config: MqttConfig, place: Place): Promise<string> {
  const beside = { ...config, clientId: `${clientIdOf(config, place)}-test`.slice(-256) };
  const wire = await connect(beside, place, () => undefined);
  try {
    await wire.hello(helloOf(beside, place, { clean: true }));
  } finally {
    wire.end();
  }
  const version = config.version === '5' ? '5' : '3.1.1';
  const tls = brokerOf(config).isSecure ? 'TLS' : 'without TLS';
  return `The broker takes us (MQTT ${version}, ${tls}). The subscriptions are tried once the inlet is enabled.`;
}

async function connect(config: MqttConfig, { outbound }: Place, onPacket: (packet: Packet) => void): Promise<Wire> {
  const { host, port, isSecure } = brokerOf(config);
  try {
    const socket = await outbound.connectGuarded(host, port, {
      timeoutMs: CONNECT_WITHIN_MS,
      ...(isSecure ? { tls: config.ca === undefined ? true : { ca: config.ca } } : {}),
    });
    return new Wire(socket, config.version === '5' ? 5 : 4, onPacket);
  } catch (error) {
    if (error instanceof OutboundError || error instanceof BlockedAddressError) throw new InletError(`The broker cannot be reached: ${error.message}.`);
    throw error;
  }
}

function helloOf(config: MqttConfig, place: Place, { clean }: { clean: boolean }): Hello {
  const { username, password, sessionExpirySeconds } = config;
  const properties = { sessionExpiryInterval: clean ? 0 : sessionExpirySeconds, receiveMaximum: IN_HAND, maximumPacketSize: LARGEST_PACKET_BYTES };
  return {
    version: config.version === '5' ? 5 : 4, clientId: clientIdOf(config, place), clean,
    ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password: Buffer.from(password) }),
    ...(config.version === '5' ? { properties } : {}),
  };
}

function clientIdOf({ clientId }: MqttConfig, { inlet }: Place): string {
  return clientId ?? `signalbox-${inlet.id}`;
}
