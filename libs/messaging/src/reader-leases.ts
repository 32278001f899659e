/** A partition that this replica may read now, and the fencing number under which its cursor moves. */
export interface Lease { readonly partition: number; readonly epoch: number; readonly cursor: Cursor }

/** The last sequence of a stream whose effects are committed; 0: none yet. */
export interface Cursor { readonly sequence: number; readonly stream: string | null }

/** A step of a cursor: from where its reader knows it to be (0 in a stream that is read from its beginning) to the last entry of a batch. */
export interface CursorMove { readonly stream: string; readonly from: number; readonly to: number }

/**
 * The error by which `advanceCursor` keeps a transaction from committing: the partition is read by another replica now; or the cursor
 * stands there already, because this very batch was committed and only the word of it was lost; or the database has gone back to an earlier one.
 */
export interface CursorRefusal extends Error { readonly cursor: 'lease-lost' | 'already-moved' | 'taken-back' }

/** Who may read what, and how far it has been read: kept in Postgres (PartitionLeases of @signalbox/database). */
export interface ReaderLeases<Tx> {
  renew(): Promise<Lease[]>;
  release(): Promise<void>;
  cursor(partition: number): Promise<Cursor>;
  /** Sets a cursor back to the beginning. */
  rewind(lease: Lease): Promise<void>;
  /** Throws a CursorRefusal when the transaction must not commit. */
  advanceCursor(tx: Tx, lease: Lease, move: CursorMove): Promise<void>;
}

/** What an error of `advanceCursor` says of the cursor; undefined for every other error. */
export function cursorSays(error: unknown): CursorRefusal['cursor'] | undefined {
  return error instanceof Error && 'cursor' in error ? (error as CursorRefusal).cursor : undefined;
}
