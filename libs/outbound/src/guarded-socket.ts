import { isIP, Socket, type SocketConnectOpts } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { buildConnector } from 'undici';
import type { AddressGuard } from './address-guard.js';
import { BlockedAddressError } from './blocked-address-error.js';
import { OutboundError, outboundError } from './outbound-error.js';

/**
 * A TCP socket that connects only where the guard allows, whoever calls `connect` and in whichever form: for client libraries
 * that want an unconnected socket (pg's `stream`) or one that is still connecting (MQTT.js' stream builder).
 * A refusal is an 'error' event with a BlockedAddressError. Unix sockets are refused.
 */
export class GuardedSocket extends Socket {
  constructor(private readonly guard: AddressGuard) {
    super();
  }

  override connect(options: SocketConnectOpts, listener?: () => void): this;
  override connect(port: number, host: string, listener?: () => void): this;
  override connect(port: number, listener?: () => void): this;
  override connect(path: string, listener?: () => void): this;
  override connect(first: SocketConnectOpts | number | string, second?: string | (() => void), third?: () => void): this {
    const listener = typeof second === 'function' ? second : third;
    const host = typeof second === 'string' ? second : 'localhost';
    const options = typeof first === 'object' ? first : typeof first === 'number' ? { port: first, host } : { path: first };
    try {
      if ('path' in options && options.path !== undefined) {
        throw new BlockedAddressError('malformed', 'Signalbox does not connect to a socket file: enter a host.');
      }
      const target = options as Exclude<SocketConnectOpts, { path: string }>;
      const checked = this.guard.check(target.host ?? 'localhost');
      return super.connect({ ...target, host: checked, lookup: this.guard.nodeLookup, autoSelectFamily: true }, listener);
    } catch (error) {
      return this.destroy(error as Error);
    }
  }
}

export interface ConnectOptions {
  /** `true`, or options such as `ca`, `cert`, `key`, `servername`: speak TLS from the first byte. */
  readonly tls?: boolean | ConnectionOptions;
  /** For name resolution, TCP and TLS together. */
  readonly timeoutMs: number;
}

/** A connected (and with `tls` verified) socket. Throws OutboundError. The caller owns and ends the socket. */
export function connectGuarded(guard: AddressGuard, host: string, port: number, options: ConnectOptions): Promise<Socket | TLSSocket> {
  return new Promise((resolve, reject) => {
    const raw = new GuardedSocket(guard);
    const socket = options.tls ? secure(raw, host, options.tls === true ? {} : options.tls) : raw;
    const timer = setTimeout(() => {
      fail(new OutboundError('connect', false, `could not connect to ${host} within ${options.timeoutMs} ms`));
    }, options.timeoutMs);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      raw.destroy();
      socket.destroy();
      reject(outboundError(error, host, false));
    };
    raw.on('error', fail);
    if (socket !== raw) socket.on('error', fail);
    socket.once(options.tls ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      socket.off('error', fail); // errors from now on are the caller's; under TLS those of the raw socket still end both
      resolve(socket);
    });
    raw.setNoDelay(true);
    raw.connect(port, host);
  });
}

function secure(socket: Socket, host: string, options: ConnectionOptions): TLSSocket {
  return connectTls({ ...(isIP(host) === 0 ? { servername: host } : {}), ...options, host, socket });
}

/** undici's connector (TLS sessions, ALPN, connect timeout) with the guard before and inside it. */
export function httpConnector(guard: AddressGuard, timeoutMs: number, tls: ConnectionOptions): buildConnector.connector {
  const connect = buildConnector({ ...tls, timeout: timeoutMs, lookup: guard.nodeLookup, autoSelectFamily: true } as buildConnector.BuildOptions);
  return (options, callback) => {
    try {
      guard.check(options.hostname);
    } catch (error) {
      process.nextTick(callback, error as Error, null);
      return;
    }
    connect(options, callback);
  };
}
