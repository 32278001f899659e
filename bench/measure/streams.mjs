// JetStream as the bench needs it: streams of the floors' own, whole streams read back, streams emptied between rounds.
import { AckPolicy, DiscardPolicy, RetentionPolicy, StorageType, connect, nanos } from 'nats';

/** Connects, works, closes. `work` gets `{ connection, js, manager }`. */
export async function withNats(url, work) {
  const connection = await connect({ servers: url });
  try {
    return await work({ connection, js: connection.jetstream(), manager: await connection.jetstreamManager() });
  } finally {
    await connection.close();
  }
}

/** A stream of a floor: the same storage and limits as ours. */
export async function addStream(manager, name, subjects, { work = false } = {}) {
  await manager.streams.add({
    name, subjects, storage: StorageType.File, retention: work ? RetentionPolicy.Workqueue : RetentionPolicy.Limits, discard: DiscardPolicy.New,
    max_bytes: 2 ** 30, max_age: nanos(7 * 86_400_000), duplicate_window: nanos(120_000), allow_direct: true,
  });
}

/** Hands every message of a stream, in order, to `visit(data, subject)`. Gives their number. */
export async function readStream({ js, manager }, stream, visit, filter) {
  const { state } = await manager.streams.info(stream);
  const { name, num_pending: pending } = await manager.consumers.add(stream, {
    ack_policy: AckPolicy.None, mem_storage: true, ...(filter ? { filter_subject: filter } : {}),
  });
  if (state.messages > 0 && pending > 0) {
    const consumer = await js.consumers.get(stream, name);
    let left = pending;
    while (left > 0) {
      for await (const message of await consumer.fetch({ max_messages: Math.min(left, 1_000), expires: 5_000 })) {
        visit(message.data, message.subject);
        left -= 1;
      }
    }
  }
  await manager.consumers.delete(stream, name);
  return pending;
}

/** Publishes many messages, `[subject, body]` each, 256 at a time on their way, in order. Gives the last sequence of each subject. */
export async function publishAll(js, messages, inFlight = 256) {
  const all = messages[Symbol.iterator]();
  const last = new Map();
  await Promise.all(Array.from({ length: inFlight }, async () => {
    for (let next = all.next(); !next.done; next = all.next()) {
      const [subject, body] = next.value;
      const { seq } = await js.publish(subject, body, { timeout: 20_000 });
      last.set(subject, Math.max(seq, last.get(subject) ?? 0));
    }
  }));
  return last;
}
