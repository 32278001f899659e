import { hashKey, newIntegrationKey, type SecretBox } from '@signalbox/access';
import type { HeartbeatConfig, HeartbeatState } from '../domain/heartbeat.js';
import type { MonitorEntity } from '../monitor.entity.js';
import { HEARTBEATS_PATH } from './heartbeat-endpoint.js';

export type HeartbeatRow = MonitorEntity<HeartbeatConfig, HeartbeatState>;

/** The keys of heartbeats: kept sealed (to be shown again) and as a hash (to be found by). */
export class HeartbeatKeys {
  private readonly base: string;

  /** `publicUrl`: how senders reach the gateway. */
  constructor(private readonly box: SecretBox, publicUrl: string) {
    this.base = `${publicUrl.replace(/\/$/, '')}${HEARTBEATS_PATH}`;
  }

  fresh(id: string): { keyHash: string; sealedKey: string } {
    const key = newIntegrationKey();
    return { keyHash: hashKey(key), sealedKey: this.box.seal(key, contextOf(id)) };
  }

  open({ id, sealedKey }: HeartbeatRow): { key: string; url: string } {
    const key = this.box.open(sealedKey!, contextOf(id));
    return { key, url: `${this.base}${key}` };
  }
}

/** What a sealed key is bound to: it opens only for its own heartbeat. */
function contextOf(id: string): string {
  return `heartbeat/${id}/key`;
}
