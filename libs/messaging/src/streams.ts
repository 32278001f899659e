import { DIRECTORY_BUCKET, STREAMS, newId, type StreamDeclaration, type StreamName } from '@signalbox/contracts';
import { DiscardPolicy, RetentionPolicy, StorageType, nanos, NatsError, type JetStreamManager, type StreamConfig } from 'nats';
import type { Bus } from './bus.js';

export interface StreamSettings {
  /** Copies of each stream: three in a cluster of three servers, one on a single server. */
  readonly replicas: number;
  /** The size of each large stream at most; small ones get a part of it. */
  readonly maxBytes: number;
}

/** Creates what is missing and updates what has changed. Any service may do it at any time: declarations are the same everywhere. */
export async function ensureStreams(bus: Bus, settings: StreamSettings): Promise<void> {
  const manager = await bus.manager();
  for (const declaration of Object.values(STREAMS)) await ensure(manager, configOf(declaration, settings));
  await ensure(manager, directoryConfig(settings.replicas));
}

type Declared = Partial<StreamConfig> & { name: string };

/** Where a stream carries who it is: given once, when it is made, and kept through every update. */
const IDENTITY = 'signalbox-identity';

/**
 * Makes the stream, or changes it only where it differs: an update is not for free, since the server then forgets when the stream was made
 * (2.14: after a recovery and an update, `created` is the time of the recovery), and an update without metadata drops it.
 */
async function ensure(manager: JetStreamManager, declared: Declared): Promise<void> {
  const found = await configIn(manager, declared.name) ?? await made(manager, { ...declared, metadata: { [IDENTITY]: newId() } });
  const differs = (Object.keys(declared) as (keyof Declared)[]).some((key) => JSON.stringify(found[key]) !== JSON.stringify(declared[key]));
  const identity = found.metadata?.[IDENTITY] ?? newId();
  if (differs || found.metadata?.[IDENTITY] === undefined) await manager.streams.update(declared.name, { ...declared, metadata: { [IDENTITY]: identity } });
}

async function configIn(manager: JetStreamManager, name: string): Promise<StreamConfig | undefined> {
  try {
    return (await manager.streams.info(name)).config;
  } catch (error) {
    if (isStreamMissing(error)) return undefined;
    throw error;
  }
}

const STREAM_NOT_FOUND = 10059;
const NAME_IN_USE = 10058;

/** Whether the server says by this error that it has no stream of that name. */
export function isStreamMissing(error: unknown): boolean {
  return error instanceof NatsError && error.api_error?.err_code === STREAM_NOT_FOUND;
}

/** Of several services that make it at the same time one wins; the others take what it made. */
async function made(manager: JetStreamManager, config: Declared): Promise<StreamConfig> {
  try {
    return (await manager.streams.add(config)).config;
  } catch (error) {
    if (error instanceof NatsError && error.api_error?.err_code === NAME_IN_USE) return (await manager.streams.info(config.name)).config;
    throw error;
  }
}

function configOf(declaration: StreamDeclaration, settings: StreamSettings): Declared {
  return {
    name: declaration.name,
    subjects: [...declaration.subjects],
    retention: declaration.retention === 'work' ? RetentionPolicy.Workqueue : RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_age: nanos(declaration.maxAgeMs),
    max_bytes: Math.round(declaration.share * settings.maxBytes),
    duplicate_window: nanos(declaration.duplicateWindowMs),
    num_replicas: settings.replicas,
    allow_direct: true,
    deny_delete: false,
  };
}

/** The key-value bucket `directory`: one value per key, deletions kept as values of their own. */
function directoryConfig(replicas: number): Declared {
  return {
    name: `KV_${DIRECTORY_BUCKET}`, subjects: [`$KV.${DIRECTORY_BUCKET}.>`], retention: RetentionPolicy.Limits, storage: StorageType.File,
    discard: DiscardPolicy.New, max_msgs_per_subject: 1, num_replicas: replicas, allow_direct: true, allow_rollup_hdrs: true, deny_delete: true,
  };
}

/** Which stream it is, and how far it goes: a cursor of another one belongs to a stream that is gone. (Not its creation time: see `ensure`.) */
export async function streamState(bus: Bus, stream: StreamName): Promise<{ identity: string; lastSequence: number }> {
  const { config, created, state } = await (await bus.manager()).streams.info(stream);
  return { identity: config.metadata?.[IDENTITY] ?? created, lastSequence: state.last_seq };
}
