import type { IncidentChangeEnvelope, MessageEnvelope } from '@signalbox/contracts';
import type { TenantMessage } from './matcher.js';

/** Messages as they were accepted. The tenant is the subject's: nothing within an envelope can choose another. */
export function messagesOf({ messages }: MessageEnvelope, tenantId: string): TenantMessage[] {
  return messages.map((message) => ({ tenantId, message }));
}

/** Every incident change is a message with the topic `incidents/<change>`. */
export function incidentMessagesOf({ changes }: IncidentChangeEnvelope, tenantId: string): TenantMessage[] {
  return changes.map((change) => ({
    tenantId, incidentId: change.incident.id,
    message: {
      id: `incident/${change.incident.id}/${change.version}`, traceId: change.traceId,
      topic: `incidents/${change.change}`, timestamp: change.at, acceptedAt: change.at,
      payload: { change: change.change, at: change.at, actor: change.actor, incident: change.incident },
    },
  }));
}
