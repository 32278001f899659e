import { Body, Controller, HttpCode, Param, Patch, Post, Req, Res } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { Answers, IdPipe } from '@signalbox/http-api';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Action } from '../domain/actions.js';
import { IncidentStore, type Beside } from '../store/incident-store.js';
import { IncidentAnswer, NoteAnswer } from './answers.dto.js';
import { actorOf, audited, found, requireVersion, tagged } from './by-people.js';
import { ActionBody, EscalateBody, IncidentEdit, MergeBody, NoteBody, ReassignBody, RespondBody, SnoozeBody, SuppressBody } from './incidents.dto.js';
import { requireDone } from './refusals.js';
import { WantedActions, requireRoom } from './wanted-actions.js';

const MAY = { resource: 'incidents', action: 'write', role: 'editor' } as const;

/** What people do to an incident. What its state does not allow is a 409 that says why. */
@Controller('api/v1/incidents')
export class IncidentActionsController {
  constructor(private readonly incidents: IncidentStore, private readonly wanted: WantedActions) {}

  /** Somebody is on it: repeats and escalation stop. Acknowledging again gives an acknowledgement that would time out its whole time once more. */
  @Post(':id/acknowledge')
  @HttpCode(200)
  @Answers(IncidentAnswer)
  @Requires(MAY)
  acknowledge(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() { note }: ActionBody,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<IncidentAnswer> {
    return this.answer(identity, id, 'acknowledge', note, response);
  }

  /** It is over. The next trigger of the same key opens a new incident. */
  @Post(':id/resolve')
  @HttpCode(200)
  @Answers(IncidentAnswer)
  @Requires(MAY)
  resolve(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() { note }: ActionBody,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<IncidentAnswer> {
    return this.answer(identity, id, 'resolve', note, response);
  }

  /** Nobody is told or paged until then; escalation begins anew afterwards. */
  @Post(':id/snooze')
  @HttpCode(200)
  @Answers(IncidentAnswer)
  @Requires(MAY)
  snooze(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: SnoozeBody,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<IncidentAnswer> {
    return this.act(identity, id, () => this.wanted.snooze(body), response);
  }

  @Post(':id/unsnooze')
  @HttpCode(200)
  @Answers(IncidentAnswer)
  @Requires(MAY)
  unsnooze(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<IncidentAnswer> {
    return this.act(identity, id, () => ({ kind: 'unsnooze' }), response);
  }

  /** Quiet for a reason, until a time or until somebody ends it. */
  @Post(':id/suppress')
  @HttpCode(200)
  @Answers(IncidentAnswer)
  @Requires(MAY)
  suppress(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: SuppressBody,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<IncidentAnswer> {
    return this.act(identity, id, () => this.wanted.suppress(body), response);
  }

  @Post(':id/unsuppress')
  @HttpCode(200)
  @Answers(IncidentAnswer)
  @Requires(MAY)
  unsuppress(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<IncidentAnswer> {
    return this.act(identity, id, () => ({ kind: 'unsuppress' }), response);
  }

  /** To a user or a team of the tenant, who is paged unless you take it on yourself, or to nobody (null). */
  @Post(':id/reassign')
  @HttpCode(200)
  @Answers(IncidentAnswer)
  @Requires(MAY)
  reassign(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: ReassignBody,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<IncidentAnswer> {
    return this.act(identity, id, () => this.wanted.reassign(identity, body), response);
  }

  /**
   * Pages the named targets now (users and teams are its responders from then on),
   * or the next step of the policy; an acknowledged incident is open again then.
   */
  @Post(':id/escalate')
  @HttpCode(200)
  @Answers(IncidentAnswer)
  @Requires(MAY)
  escalate(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: EscalateBody,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<IncidentAnswer> {
    return this.act(identity, id, () => this.wanted.escalate(identity, body), response);
  }

  /** A responder comes, or cannot; also one whom nobody had asked. Asking is naming them in `escalate`. */
  @Post(':id/respond')
  @HttpCode(200)
  @Answers(IncidentAnswer)
  @Requires(MAY)
  respond(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: RespondBody,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<IncidentAnswer> {
    return this.act(identity, id, () => this.wanted.respond(identity, body), response);
  }

  /** This one is quiet from now on, and resolved when the other one is. */
  @Post(':id/merge')
  @HttpCode(200)
  @Answers(IncidentAnswer)
  @Requires(MAY)
  merge(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: MergeBody,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<IncidentAnswer> {
    return this.act(identity, id, () => this.wanted.merge(identity, body), response);
  }

  @Post(':id/unmerge')
  @HttpCode(200)
  @Answers(IncidentAnswer)
  @Requires(MAY)
  unmerge(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<IncidentAnswer> {
    return this.act(identity, id, () => ({ kind: 'unmerge' }), response);
  }

  /** Title, priority, tags and fields; also of one that is resolved. */
  @Patch(':id')
  @Answers(IncidentAnswer)
  @Requires(MAY)
  edit(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: IncidentEdit,
    @Req() request: IncomingMessage,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<IncidentAnswer> {
    return this.act(identity, id, () => this.wanted.edit(body), response, (version) => requireVersion(request, version));
  }

  /** Kept on the timeline with its author; also of one that is resolved. */
  @Post(':id/notes')
  @Answers(NoteAnswer)
  @Requires(MAY)
  async note(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Body() { text }: NoteBody): Promise<NoteAnswer> {
    const actor = actorOf(identity);
    const [acted] = await this.incidents.act(identity.tenantId, [id], { kind: 'note', text }, actor, audited(identity, 'note', { note: text }));
    return { ...found(acted, id).happened!, author: actor, text };
  }

  private async answer(
    identity: Identity,
    id: string,
    action: 'acknowledge' | 'resolve',
    note: string | undefined,
    response: ServerResponse,
  ): Promise<IncidentAnswer> {
    await this.incidents.answer(identity.tenantId, [id], action, actorOf(identity), note, audited(identity, action));
    return tagged(response, found(await this.incidents.find(identity.tenantId, id), id));
  }

  /** What is not there is a 404 before what a body asks for is looked at. */
  private async act(
    identity: Identity,
    id: string,
    wanted: () => Action | Promise<Action>,
    response: ServerResponse,
    check: (version: number) => void = () => undefined,
  ): Promise<IncidentAnswer> {
    found(await this.incidents.find(identity.tenantId, id), id);
    const action = await wanted();
    const guard: Beside['guard'] = (row) => { check(row.version); requireRoom(row, action); };
    const [acted] = await this.incidents.act(identity.tenantId, [id], action, actorOf(identity), { guard, ...audited(identity, action.kind) });
    const incident = found(await this.incidents.find(identity.tenantId, id), id);
    requireDone(action.kind, found(acted, id), incident);
    return tagged(response, incident);
  }
}
