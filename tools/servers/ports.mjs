// TCP ports of 127.0.0.1.
import { randomInt } from 'node:crypto';
import { connect, createServer } from 'node:net';

const given = new Set();

/**
 * A port that nobody listens on. It comes from below the ranges from which systems take the ports of outgoing connections,
 * so that a server that is killed gets it back when it is restarted.
 */
export async function freePort() {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    if (!given.has(port) && await isFree(port)) {
      given.add(port);
      return port;
    }
  }
}

/** Whether a server of ours could listen on it: on every address, and nobody answers on loopback. */
export async function isFree(port) {
  const bindable = await new Promise((resolve) => {
    const probe = createServer().once('error', () => resolve(false));
    probe.listen({ port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
  return bindable && !(await answers(port));
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => { socket.destroy(); resolve(true); });
    socket.once('error', () => resolve(false));
  });
}
