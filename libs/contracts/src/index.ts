export { newId, stableId, stableIdAt, isId } from './ids.js';
export { PARTITIONS, partitionOf, eventOrderKey } from './partitions.js';
export { STREAMS, DIRECTORY_BUCKET, subjects, tenantOfSubject, type StreamDeclaration, type StreamName } from './streams.js';
export { contract, ContractError, type Contract } from './contract.js';
export { Severity, Urgency, Actor, Link, Image } from './schema.js';
export { EVENTS, Event, EventEnvelope, EventAction } from './events.js';
export { CHANGES, ChangeEvent, ChangeEnvelope } from './changes.js';
export { MESSAGES, ROUTES, HELD, Message, MessageEnvelope, RouteJob, HeldJob } from './messages.js';
export { INCIDENTS, Incident, IncidentStatus, IncidentChange, IncidentChangeEnvelope, ChangeKind, Page, PageTarget, Quiet, Target } from './incidents.js';
export { NOTICES, OUTCOMES, CALLBACKS, Notice, OutcomeReport, Callback } from './notices.js';
export { DEAD_LETTERS, REPLAY_REQUESTS, REPLAY_RESULTS, DeadLetter, AttemptRecord, ReplayRequest, ReplayResult, ServiceName } from './dead-letters.js';
export { AUDIT, AuditEntry } from './audit.js';
export {
  memberKey, questions, type DirectoryKinds, type DirectoryKind, type DirectoryEntry,
  type TraceEntry, type TraceQuestion, type DirectoryQuestion,
} from './directory.js';
export { ACK_LINK_PURPOSE, type AckLink } from './ack-link.js';
