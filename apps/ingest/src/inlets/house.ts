import type { Bus } from '@signalbox/messaging';
import { lookup } from 'node:dns/promises';

/** Knows Signalbox's own NATS, which carries what belongs to all tenants: no inlet may read it. */
export class House {
  /** `servers` as in NATS_URL: separated by commas. */
  constructor(private readonly servers: string, private readonly bus: Pick<Bus, 'connected' | 'ready'>) {}

  /** Whether one of our servers listens at an address. */
  async hasAddress(address: string, port: number): Promise<boolean> {
    for (const server of this.servers.split(',')) {
      const url = new URL(server.includes('://') ? server.trim() : `nats://${server.trim()}`);
      if (Number(url.port || 4_222) === port && (await addressesOf(url.hostname.replace(/^\[|\]$/g, ''))).includes(address)) return true;
    }
    return false;
  }

  /** Whether a server that was connected to is ours after all, by another of its addresses. */
  async hasServer(serverId: string): Promise<boolean> {
    return this.bus.connected && (await this.bus.ready()).info?.server_id === serverId;
  }
}

async function addressesOf(host: string): Promise<string[]> {
  return (await lookup(host, { all: true }).catch(() => [])).map(({ address }) => address);
}
