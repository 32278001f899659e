import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { newId } from '@signalbox/contracts';
import { Answers, IdPipe, conflict, notFound, unavailable } from '@signalbox/http-api';
import { acceptedEvents } from '../gateway/request.js';
import { testEvents } from '../gateway/test-alert.js';
import { tried, type TrialResult } from '../gateway/trial.js';
import { Intake } from '../intake/intake.js';
import { NowhereToStoreError } from '../intake/stream-spool.js';
import { IntegrationStore } from '../store/integration-store.js';
import type { IntegrationEntity } from '../store/integration.entity.js';
import { checkConfig, checkHeaders, checkSeverities, checkType } from './integration-checks.js';
import { SetUpAnswer, TestAnswer, TestRequested, TrialAnswer, TrialRequest } from './integration-trials.dto.js';
import { SetUpGuides } from './set-up-guide.js';

/** Whether an integration works, before a tool has sent anything. */
@Controller('api/v1/integrations/:id')
export class IntegrationTrialsController {
  constructor(private readonly integrations: IntegrationStore, private readonly intake: Intake, private readonly guides: SetUpGuides) {}

  /** What a request would become, also with another mapping than the one that is saved. Nothing is stored. */
  @Post('try')
  @HttpCode(200)
  @Answers(TrialAnswer)
  @Requires({ resource: 'integrations', action: 'read', role: 'viewer' })
  async tryOut(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Body() body: TrialRequest): Promise<TrialResult> {
    const integration = await this.find(identity, id);
    const source = checkType(integration.type);
    const config = body.mapping === undefined ? integration.config : checkConfig(source, body.mapping);
    const severities = body.severities === undefined ? integration.severities : checkSeverities(body.severities);
    return tried(source, { id, config, severities }, { headers: checkHeaders(body.headers), body: body.body });
  }

  /** Sends the source's test alert, or what closes it, the way of a real one: people may be told. */
  @Post('test')
  @HttpCode(202)
  @Answers(TestAnswer)
  @Requires({ resource: 'integrations', action: 'write', role: 'editor' })
  async test(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Body() { resolve }: TestRequested): Promise<TestAnswer> {
    const integration = await this.find(identity, id);
    if (!integration.enabled) throw conflict('This integration is disabled: enable it to send a test alert.', 'disabled');
    const [now, traceId] = [new Date(), newId()];
    const read = testEvents(checkType(integration.type), integration, { resolve, now });
    const events = acceptedEvents(read, { scopeId: id, serviceId: integration.serviceId, integrationId: id }, traceId, now);
    await this.intake.events(identity.tenantId, events, JSON.stringify(events).length).catch((error: unknown) => {
      throw error instanceof NowhereToStoreError ? unavailable('Nothing can be stored now: try again in a moment.', 5) : error;
    });
    return { status: 'success', accepted: events.length, events: read.map(({ action, dedupKey }) => ({ action, dedup_key: dedupKey })), traceId };
  }

  /** How to set the tool up, with this integration's own address and key in it; viewers do not see the key. */
  @Get('setup')
  @Answers(SetUpAnswer)
  @Requires({ resource: 'integrations', action: 'read', role: 'viewer' })
  async setUp(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<SetUpAnswer> {
    const { type, key } = this.integrations.shown(await this.find(identity, id), { withKey: identity.role !== 'viewer' });
    return { type, displayName: checkType(type).displayName, setup: this.guides.for({ type, id, key }) };
  }

  private async find(identity: Identity, id: string): Promise<IntegrationEntity> {
    const integration = await this.integrations.find(identity.tenantId, id);
    if (integration === null) throw notFound('integration', id);
    return integration;
  }
}
