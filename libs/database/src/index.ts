export { Database, isUniqueViolation, isDatabaseAway, type DatabaseOptions, type Queryable, type Transaction } from './database.js';
export { insertRows, insertTogether, recordset, encodeRows, bytea, storable, type Columns, type Write } from './rows.js';
export { PartitionLeases, LeaseLostError, CursorMovedError, CursorTakenBackError, type Cursor, type CursorMove, type HeldLease } from './leases.js';
export { Outbox, enqueue, type OutboxMessage, type OutboxRow } from './outbox.js';
export { book, booking, type LedgerEntry } from './ledger.js';
export { entitySource, type EntitySourceOptions } from './entities.js';
export { ResourceEntity, ResourceStore, StaleVersionError, type Page } from './resource-store.js';
export { migrate, type ServiceSchema, type MigrateOptions } from './migrate.js';
