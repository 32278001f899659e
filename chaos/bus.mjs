import { connect } from 'nats';

/** Asks the bus's manager something, in a connection of its own. */
export async function askBus(servers, question) {
  const connection = await connect({ servers: servers.split(',') });
  try {
    return await question(await connection.jetstreamManager({ timeout: 2_500 }));
  } finally {
    await connection.close();
  }
}

/** Gives every stream so many times the room that it has, as an operator does whose streams are full. */
export function makeRoom(servers, times) {
  return askBus(servers, async (manager) => {
    for await (const { config } of manager.streams.list()) {
      if (config.max_bytes > 0) await manager.streams.update(config.name, { ...config, max_bytes: config.max_bytes * times });
    }
  });
}

/** Which streams refuse the next large message: `[name]`. */
export function fullStreams(servers, roomBytes) {
  return askBus(servers, async (manager) => {
    const full = [];
    for await (const { config, state } of manager.streams.list()) {
      if (config.max_bytes > 0 && state.bytes + roomBytes > config.max_bytes) full.push(config.name);
    }
    return full;
  });
}
