import { DIRECTORY_BUCKET, STREAMS, type StreamDeclaration, type StreamName } from '@signalbox/contracts';
import { DiscardPolicy, RetentionPolicy, StorageType, nanos, type JetStreamManager, type StreamConfig } from 'nats';
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

async function ensure(manager: JetStreamManager, config: Partial<StreamConfig> & { name: string }): Promise<void> {
  try {
    await manager.streams.add(config);
  } catch (error) {
    // The name is in use with another configuration: bring it up to ours.
    await manager.streams.update(config.name, config).catch(() => { throw error; });
  }
}

function configOf(declaration: StreamDeclaration, settings: StreamSettings): Partial<StreamConfig> & { name: string } {
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
function directoryConfig(replicas: number): Partial<StreamConfig> & { name: string } {
  return {
    name: `KV_${DIRECTORY_BUCKET}`, subjects: [`$KV.${DIRECTORY_BUCKET}.>`], retention: RetentionPolicy.Limits, storage: StorageType.File,
    discard: DiscardPolicy.New, max_msgs_per_subject: 1, num_replicas: replicas, allow_direct: true, allow_rollup_hdrs: true, deny_delete: true,
  };
}

/** A stream's creation time: a cursor of another creation belongs to a stream that is gone. */
export async function streamCreated(bus: Bus, stream: StreamName): Promise<string> {
  const info = await (await bus.manager()).streams.info(stream);
  return info.created;
}
