import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { CurrentIdentity, Requires, isAtLeast, type Identity } from '@signalbox/access';
import { memberKey } from '@signalbox/contracts';
import { isUniqueViolation } from '@signalbox/database';
import {
  AlsoAnswers, Answers, IdPipe, Problem, badRequest, conflict, decodeCursor, etagOf, forbidden, notFound, page, requireMatch,
  type Page,
} from '@signalbox/http-api';
import { ReadModel } from '@signalbox/messaging';
import type { IncomingMessage } from 'node:http';
import { sendCode } from '../contacts/code-sender.js';
import type { CodeVerdict } from '../contacts/codes.js';
import { contactKindOf } from '../contacts/registry.js';
import { ContactError, ContactStore, MOST_METHODS, type ContactMethod } from '../store/contact-store.js';
import { LiveConfig, type LiveChannel } from '../store/live-config.js';
import { ChannelEdge } from './channels.controller.js';
import { CodeSentAnswer, ContactCode, ContactMethodAnswer, ContactMethodChange, ContactMethodListQuery, NewContactMethod } from './contact-methods.dto.js';

/** How people are reached: everybody has their own, administrators see to all. What belongs to somebody else is not there for others. */
@Controller('api/v1/contact-methods')
export class ContactMethodsController {
  constructor(
    private readonly methods: ContactStore,
    private readonly live: LiveConfig,
    private readonly members: ReadModel<'members'>,
    private readonly edge: ChannelEdge,
  ) {}

  /** One's own; with `userId` those of somebody. An administrator's API key, which has none of its own, lists all. */
  @Get()
  @Answers(ContactMethodAnswer, 'page')
  @Requires({ resource: 'contact-methods', action: 'read', role: 'viewer' })
  async list(@CurrentIdentity() identity: Identity, @Query() { limit, cursor, userId }: ContactMethodListQuery): Promise<Page<ContactMethodAnswer>> {
    const whose = userId?.toLowerCase() ?? ownIdOf(identity);
    if (whose !== undefined) requireMayActFor(identity, whose);
    else if (!isAdmin(identity)) return { data: [], nextCursor: null };
    const rows = await this.methods.list(identity.tenantId, whose === undefined ? 'everybody' : { userId: whose }, limit, decodeCursor(cursor));
    return page(rows, limit, (row) => ({ at: new Date(row.createdAt), id: row.id }));
  }

  @Get(':id')
  @Answers(ContactMethodAnswer)
  @Requires({ resource: 'contact-methods', action: 'read', role: 'viewer' })
  read(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<ContactMethodAnswer> {
    return this.own(identity, id);
  }

  /** Makes an unverified one, and sends a code there through the tenant's first channel of the kind. */
  @Post()
  @AlsoAnswers(429)
  @Answers(CodeSentAnswer)
  @Requires({ resource: 'contact-methods', action: 'write', role: 'viewer' })
  async create(@CurrentIdentity() identity: Identity, @Body() { userId, kind, address, label }: NewContactMethod): Promise<CodeSentAnswer> {
    const whose = await this.personOf(identity, userId?.toLowerCase());
    const fault = contactKindOf(kind)!.fault(address);
    if (fault !== undefined) throw badRequest([{ path: 'address', message: fault }]);
    const channel = this.channelFor(identity, kind);
    const { method, code } = await explained(this.methods.create(identity, { userId: whose, kind, address, label: label ?? null }));
    return { ...method, ...await sendCode(this.edge.send, channel, { tenantId: identity.tenantId, address, code }, new Date()) };
  }

  @Patch(':id')
  @Answers(ContactMethodAnswer)
  @Requires({ resource: 'contact-methods', action: 'write', role: 'viewer' })
  async change(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() { label, position }: ContactMethodChange,
    @Req() request: IncomingMessage,
  ): Promise<ContactMethodAnswer> {
    await this.own(identity, id);
    const change = { ...(label === undefined ? {} : { label }), ...(typeof position === 'number' ? { position } : {}) };
    return found(await this.methods.update(identity, id, change, unchangedSince(request)), id);
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires({ resource: 'contact-methods', action: 'write', role: 'viewer' })
  async remove(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Req() request: IncomingMessage): Promise<void> {
    await this.own(identity, id);
    if (!(await this.methods.remove(identity, id, unchangedSince(request)))) throw notFound('contact method', id);
  }

  /** The code that was sent: from then on notifications go there. */
  @Post(':id/verify')
  @HttpCode(200)
  @Answers(ContactMethodAnswer)
  @Requires({ resource: 'contact-methods', action: 'write', role: 'viewer' })
  async verify(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Body() { code }: ContactCode): Promise<ContactMethodAnswer> {
    await this.own(identity, id);
    const { verdict, method } = found(await this.methods.verify(identity, id, code, new Date()), id);
    if (verdict === 'wrong') throw badRequest([{ path: 'code', message: 'is not the code that was sent' }]);
    if (verdict !== 'right') {
      const detail = `${REFUSED[verdict]}: have another one sent (POST /api/v1/contact-methods/${id}/send-code).`;
      throw conflict(detail, `code-${verdict.replace('_', '-')}`);
    }
    return method;
  }

  /** Another code; the one before does not count any more. One a minute, five an hour to one address. */
  @Post(':id/send-code')
  @HttpCode(200)
  @AlsoAnswers(429)
  @Answers(CodeSentAnswer)
  @Requires({ resource: 'contact-methods', action: 'write', role: 'viewer' })
  async sendCode(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<CodeSentAnswer> {
    const { kind, address } = await this.own(identity, id);
    const channel = this.channelFor(identity, kind);
    const { method, code } = found(await explained(this.methods.renewCode(identity, id)), id);
    return { ...method, ...await sendCode(this.edge.send, channel, { tenantId: identity.tenantId, address, code }, new Date()) };
  }

  private async own(identity: Identity, id: string): Promise<ContactMethod> {
    const method = found(await this.methods.find(identity.tenantId, id), id);
    if (!isAdmin(identity) && method.userId !== ownIdOf(identity)) throw notFound('contact method', id);
    return method;
  }

  /** For whom a method is made. Who signed in to the tenant is one of it; of others the directory knows. */
  private async personOf(identity: Identity, userId: string | undefined): Promise<string> {
    const own = ownIdOf(identity);
    const whose = userId ?? own;
    if (whose === undefined) throw badRequest([{ path: 'userId', message: 'says whose it is: an API key has no contact methods of its own' }]);
    requireMayActFor(identity, whose);
    if (whose !== own && await this.members.find(memberKey(identity.tenantId, whose)) === undefined) {
      throw badRequest([{ path: 'userId', message: 'is not the id of a user of yours' }]);
    }
    return whose;
  }

  private channelFor({ tenantId }: Identity, kind: string): LiveChannel {
    const { channelKind, displayName } = contactKindOf(kind)!;
    const channel = this.live.carrierOf(tenantId, channelKind);
    if (channel !== undefined) return channel;
    throw conflict(
      `There is no channel that could bring the code (${displayName}): an administrator makes or enables one of the kind ${channelKind} `
        + 'at /api/v1/customer/notification-channels.',
      'no-channel',
    );
  }
}

const REFUSED: Readonly<Record<Exclude<CodeVerdict, 'right' | 'wrong'>, string>> = {
  none: 'No code was sent', expired: 'The code that was sent has expired', used_up: 'The code was tried too often',
};

function ownIdOf({ subject }: Identity): string | undefined {
  return subject.type === 'user' ? subject.id : undefined;
}

function isAdmin({ role }: Identity): boolean {
  return isAtLeast(role, 'admin');
}

function requireMayActFor(identity: Identity, userId: string): void {
  if (userId !== ownIdOf(identity) && !isAdmin(identity)) throw forbidden("Other people's contact methods are for administrators.");
}

function unchangedSince(request: IncomingMessage): (method: ContactMethod) => void {
  return (method) => requireMatch(request, etagOf(method.version));
}

function found<T>(row: T | null, id: string): T {
  if (row === null) throw notFound('contact method', id);
  return row;
}

function explained<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    if (isUniqueViolation(error, 'contact_methods_address')) throw conflict('This address is there already: have its code sent again if it is not verified.');
    if (!(error instanceof ContactError)) throw error;
    if (error.reason === 'too_many') throw conflict(`Nobody has more than ${MOST_METHODS} contact methods: delete one first.`, 'too-many');
    if (error.reason === 'already_verified') throw conflict('It is verified already.', 'already-verified');
    const { waitSeconds } = error;
    throw new Problem({
      status: 429,
      detail: `Too many codes were sent: ask again in ${waitSeconds} seconds.`,
      headers: { 'Retry-After': String(waitSeconds) },
    });
  });
}
