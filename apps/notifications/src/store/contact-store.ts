import { auditMessage, type Identity } from '@signalbox/access';
import { newId } from '@signalbox/contracts';
import { enqueue, type Database, type OutboxMessage, type Queryable, type Transaction } from '@signalbox/database';
import type { OutboxRelay } from '@signalbox/messaging';
import { createHmac, randomInt } from 'node:crypto';
import { CODE_MINUTES, verdictOn, waitSeconds, type CodeVerdict, type KeptCode, type SentLately } from '../contacts/codes.js';

export interface ContactMethod {
  readonly id: string;
  readonly userId: string;
  readonly kind: string;
  readonly address: string;
  readonly label: string | null;
  readonly verified: boolean;
  /** Lower goes first. */
  readonly position: number;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

interface NewMethod {
  readonly userId: string;
  readonly kind: string;
  readonly address: string;
  readonly label: string | null;
}

interface Row {
  id: string; user_id: string; kind: string; address: string; label: string | null;
  verified_at: Date | null; position: number; version: number; created_at: Date; updated_at: Date;
  code_hash: string | null; code_expires_at: Date | null; code_tries: number;
}

/** A person has so many at most. */
export const MOST_METHODS = 10;

/** Why a method cannot be made or a code cannot be sent. */
export class ContactError extends Error {
  constructor(readonly reason: 'too_many' | 'already_verified' | 'too_often', readonly waitSeconds = 0) {
    super(reason);
  }
}

type Announce = (...messages: OutboxMessage[]) => void;

/** How people are reached, within a tenant. A code is known to the message that brings it only; here is its HMAC. */
export class ContactStore {
  constructor(private readonly db: Database, private readonly relay: OutboxRelay, private readonly key: Buffer) {}

  /** Up to `limit + 1` methods, newest first: of one person, or of all. */
  async list(tenantId: string, of: { userId: string } | 'everybody', limit: number, after?: { at: Date; id: string }): Promise<ContactMethod[]> {
    const rows = await this.db.query<Row & Record<string, unknown>>(
      `select * from contact_methods where tenant_id = $1 and ($5::uuid is null or user_id = $5)
         and ($3::timestamptz is null or (created_at, id) < ($3::timestamptz, $4::uuid))
       order by created_at desc, id desc limit $2`, [tenantId, limit + 1, after?.at ?? null, after?.id ?? null, of === 'everybody' ? null : of.userId]);
    return rows.map(shown);
  }

  async find(tenantId: string, id: string): Promise<ContactMethod | null> {
    const row = await rowOf(this.db, tenantId, id);
    return row === null ? null : shown(row);
  }

  /** Makes an unverified method, and the code that is to be sent there. Throws ContactError, and the unique violation of an address that is there already. */
  create(identity: Identity, fields: NewMethod): Promise<{ method: ContactMethod; code: string }> {
    const { tenantId } = identity;
    const id = newId();
    return this.change(async (tx, announce) => {
      await lockCodes(tx, tenantId);
      const [{ n, next } = { n: 0, next: 0 }] = await tx.query<{ n: number; next: number }>(
        'select count(*)::int as n, coalesce(max(position) + 1, 0) as next from contact_methods where tenant_id = $1 and user_id = $2',
        [tenantId, fields.userId]);
      if (n >= MOST_METHODS) throw new ContactError('too_many');
      await tx.query(
        `insert into contact_methods (id, tenant_id, user_id, version, kind, address, label, position, created_at, updated_at)
         values ($1, $2, $3, 1, $4, $5, $6, $7, now(), now())`,
        [id, tenantId, fields.userId, fields.kind, fields.address, fields.label, next]);
      const code = await this.codeFor(tx, identity, id, fields.address);
      const method = shown((await rowOf(tx, tenantId, id))!);
      announce(auditMessage(identity, { action: 'create', resource: 'contact-methods', resourceId: id, after: method }));
      return { method, code };
    });
  }

  /** Another code in place of the one before; null when there is no such method. Throws ContactError. */
  renewCode(identity: Identity, id: string): Promise<{ method: ContactMethod; code: string } | null> {
    return this.change(async (tx) => {
      await lockCodes(tx, identity.tenantId);
      const row = await rowOf(tx, identity.tenantId, id, 'for update');
      if (row === null) return null;
      if (row.verified_at !== null) throw new ContactError('already_verified');
      return { method: shown(row), code: await this.codeFor(tx, identity, id, row.address) };
    });
  }

  /** Holds a code against the one that was sent: the right one verifies the method, a wrong one is counted. Null when there is no such method. */
  verify(identity: Identity, id: string, code: string, now: Date): Promise<{ verdict: CodeVerdict; method: ContactMethod } | null> {
    return this.change(async (tx, announce) => {
      const row = await rowOf(tx, identity.tenantId, id, 'for update');
      if (row === null) return null;
      const before = shown(row);
      if (row.verified_at !== null) return { verdict: 'right' as const, method: before };
      const verdict = verdictOn(keptCode(row), this.hashOf(id, code), now);
      if (verdict === 'wrong') await tx.query('update contact_methods set code_tries = code_tries + 1 where id = $1', [id]);
      if (verdict !== 'right') return { verdict, method: before };
      await tx.query(
        `update contact_methods set verified_at = $2, code_hash = null, code_expires_at = null, version = version + 1, updated_at = now()
         where id = $1`, [id, now]);
      const method = shown((await rowOf(tx, identity.tenantId, id))!);
      announce(auditMessage(identity, { action: 'verify', resource: 'contact-methods', resourceId: id, before, after: method }));
      return { verdict, method };
    });
  }

  /** Null when there is no such method. `check` sees it under lock. */
  update(
    identity: Identity,
    id: string,
    { label, position }: { label?: string | null; position?: number },
    check: (method: ContactMethod) => void,
  ): Promise<ContactMethod | null> {
    return this.change(async (tx, announce) => {
      const row = await rowOf(tx, identity.tenantId, id, 'for update');
      if (row === null) return null;
      const before = shown(row);
      check(before);
      await tx.query(
        'update contact_methods set label = $2, position = $3, version = version + 1, updated_at = now() where id = $1',
        [id, label === undefined ? row.label : label, position ?? row.position]);
      const after = shown((await rowOf(tx, identity.tenantId, id))!);
      announce(auditMessage(identity, { action: 'update', resource: 'contact-methods', resourceId: id, before, after }));
      return after;
    });
  }

  remove(identity: Identity, id: string, check: (method: ContactMethod) => void): Promise<boolean> {
    return this.change(async (tx, announce) => {
      const row = await rowOf(tx, identity.tenantId, id, 'for update');
      if (row === null) return false;
      check(shown(row));
      await tx.query('delete from contact_methods where id = $1', [id]);
      announce(auditMessage(identity, { action: 'delete', resource: 'contact-methods', resourceId: id, before: shown(row) }));
      return true;
    });
  }

  /** A fresh code of six digits; noted as sent before it is, so that a process that dies in between has not sent one too many. */
  private async codeFor(tx: Transaction, { tenantId, subject }: Identity, id: string, address: string): Promise<string> {
    const wait = waitSeconds(await sentLately(tx, tenantId, address, subject.id));
    if (wait > 0) throw new ContactError('too_often', wait);
    const code = String(randomInt(1_000_000)).padStart(6, '0');
    await tx.query(
      `update contact_methods set code_hash = $2, code_expires_at = now() + make_interval(mins => $3), code_tries = 0 where id = $1`,
      [id, this.hashOf(id, code), CODE_MINUTES]);
    await tx.query('insert into contact_codes_sent (tenant_id, address, asked_by) values ($1, lower($2), $3)', [tenantId, address, subject.id]);
    return code;
  }

  private hashOf(id: string, code: string): string {
    return createHmac('sha256', this.key).update(`${id}/${code}`).digest('hex');
  }

  private async change<T>(work: (tx: Transaction, announce: Announce) => Promise<T>): Promise<T> {
    const { result, rows } = await this.db.transaction(async (tx) => {
      const messages: OutboxMessage[] = [];
      const done = await work(tx, (...more) => void messages.push(...more));
      return { result: done, rows: await enqueue(tx, messages) };
    });
    this.relay.offer(rows);
    return result;
  }
}

/** Whoever counts what was sent in a tenant, or the methods of somebody there, is alone with it. */
async function lockCodes(tx: Transaction, tenantId: string): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`contact-codes/${tenantId}`]);
}

async function sentLately(tx: Transaction, tenantId: string, address: string, askedBy: string): Promise<SentLately> {
  const age = (of: string): string => `extract(epoch from now() - ${of})::float8`;
  const [row] = await tx.query<{ to_address: number; newest: number | null; oldest: number | null; by_asker: number; oldest_by_asker: number | null }>(
    `select count(*) filter (where address = lower($2))::int as to_address,
       ${age('max(sent_at) filter (where address = lower($2))')} as newest,
       ${age('min(sent_at) filter (where address = lower($2))')} as oldest,
       count(*) filter (where asked_by = $3)::int as by_asker,
       ${age('min(sent_at) filter (where asked_by = $3)')} as oldest_by_asker
     from contact_codes_sent where tenant_id = $1 and sent_at > now() - interval '1 hour'`, [tenantId, address, askedBy]);
  return {
    toAddress: row!.to_address, newestToAddressSeconds: row!.newest, oldestToAddressSeconds: row!.oldest,
    byAsker: row!.by_asker, oldestByAskerSeconds: row!.oldest_by_asker,
  };
}

async function rowOf(db: Queryable, tenantId: string, id: string, lock = ''): Promise<Row | null> {
  const [row] = await db.query<Row & Record<string, unknown>>(`select * from contact_methods where tenant_id = $1 and id = $2 ${lock}`, [tenantId, id]);
  return row ?? null;
}

function keptCode({ code_hash: hash, code_expires_at: expiresAt, code_tries: tries }: Row): KeptCode | null {
  return hash === null || expiresAt === null ? null : { hash, expiresAt, tries };
}

function shown(row: Row): ContactMethod {
  return {
    id: row.id, userId: row.user_id, kind: row.kind, address: row.address, label: row.label,
    verified: row.verified_at !== null, position: row.position, version: row.version,
    createdAt: row.created_at.toISOString(), updatedAt: row.updated_at.toISOString(),
  };
}
