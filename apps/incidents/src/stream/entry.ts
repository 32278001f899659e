import { INCIDENTS, tenantOfSubject, type IncidentChange } from '@signalbox/contracts';
import { idOf, type Position } from './position.js';

/** What a client wants to hear of. */
export interface Wanted { readonly service?: string; readonly status?: readonly string[] }

/** One message of the stream of incident changes. Whoever reads it first decodes it, for everybody. */
export class StreamEntry {
  readonly tenantId: string;
  private events: { change: IncidentChange; text: string }[] | undefined;

  constructor(readonly sequence: number, subject: string, private readonly data: Uint8Array) {
    this.tenantId = tenantOfSubject(subject);
  }

  get bytes(): number {
    return this.data.length;
  }

  /** The server-sent events behind a place that somebody wants, as they are written. */
  eventsAfter({ sequence, seen }: Position, { service, status }: Wanted): string[] {
    const from = sequence < this.sequence ? 0 : sequence > this.sequence ? Infinity : seen;
    const isWanted = ({ change: { incident } }: { change: IncidentChange }): boolean =>
      (service === undefined || incident.service.id === service) && (status === undefined || status.includes(incident.status));
    return this.read().slice(from).filter(isWanted)
      .map(({ text }) => text);
  }

  private read(): { change: IncidentChange; text: string }[] {
    this.events ??= changesIn(this.data).map((change, index) => ({
      change, text: `id: ${idOf({ sequence: this.sequence, seen: index + 1 })}\nevent: incident\ndata: ${JSON.stringify(change)}\n\n`,
    }));
    return this.events;
  }
}

/** What cannot be read is no change of an incident: its readers have buried it. */
function changesIn(data: Uint8Array): IncidentChange[] {
  try {
    return INCIDENTS.decode(data).changes;
  } catch {
    return [];
  }
}
