export { Bus, BusAwayError, BusFullError, MessageTooLargeError, headersOf, type BusOptions, type PublishOptions, type Stored } from './bus.js';
export { ensureStreams, isStreamMissing, type StreamSettings } from './streams.js';
export { LogReader, isBusAway, type LogReaderOptions } from './log-reader.js';
export {
  type Batch, type Entry, type Lease, type Cursor, type CursorMove,
  type ReaderLeases, type LogHandler, type PoisonedEntry, type CursorRefusal,
} from './partition-reader.js';
export { WorkQueue, hintWork, type WorkItem, type WorkQueueOptions } from './work-queue.js';
export { OutboxRelay, type OutboxTable, type WaitingMessage } from './outbox-relay.js';
export { ForeignNats, foreignFault, type ForeignConsumer, type ForeignMessage, type ForeignServer } from './foreign.js';
export { boundsOf, readStream, type StreamMessage, type StreamRead, type StreamReadOptions } from './stream-read.js';
export { OwnerAwayError, ReadModel, directoryMessage } from './directory.js';
export { StreamTransport, type Answer, type BusConsumer, type StreamTransportOptions } from './transport.js';
