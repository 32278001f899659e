import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { isForeignKeyViolation, isUniqueViolation } from '@signalbox/database';
import { Answers, IdPipe, ListQuery, conflict, type Page } from '@signalbox/http-api';
import type { IncomingMessage } from 'node:http';
import type { PolicyStep, PolicyTarget } from '../../domain/rules.js';
import type { PolicyEntity } from '../store/entities.js';
import { PolicyStore } from '../store/rule-store.js';
import { EscalationPolicyAnswer } from './answers.dto.js';
import { EscalationPolicyChange, NewEscalationPolicy, type EscalationStep, type EscalationTarget } from './policies.dto.js';
import { References } from './references.js';
import { RuleResource, driverError, given } from './rule-resource.js';

@Controller('api/v1/escalation-policies')
export class PoliciesController {
  private readonly policies: RuleResource<PolicyEntity, EscalationPolicyAnswer>;

  constructor(store: PolicyStore, private readonly references: References) {
    this.policies = new RuleResource(store, { resource: 'escalation-policies', one: 'escalation policy', shown });
  }

  @Get()
  @Answers(EscalationPolicyAnswer, 'page')
  @Requires({ resource: 'escalation-policies', action: 'read', role: 'viewer' })
  list(@CurrentIdentity() identity: Identity, @Query() query: ListQuery): Promise<Page<EscalationPolicyAnswer>> {
    return this.policies.page(identity, query);
  }

  @Get(':id')
  @Answers(EscalationPolicyAnswer)
  @Requires({ resource: 'escalation-policies', action: 'read', role: 'viewer' })
  read(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string): Promise<EscalationPolicyAnswer> {
    return this.policies.read(identity, id);
  }

  @Post()
  @Answers(EscalationPolicyAnswer)
  @Requires({ resource: 'escalation-policies', action: 'write', role: 'editor' })
  async create(@CurrentIdentity() identity: Identity, @Body() body: NewEscalationPolicy): Promise<EscalationPolicyAnswer> {
    await this.references.requireTargets(identity.tenantId, targetsByPath(body));
    return named(body.name, this.policies.create(identity, {
      name: body.name, description: body.description ?? null, steps: body.steps.map(stepOf), rounds: body.rounds ?? 1,
      acknowledgeTimeoutSeconds: body.acknowledgeTimeoutSeconds ?? null, fallback: (body.fallback ?? []).map(targetOf),
    }));
  }

  /** Incidents that are open go on with the policy as it was when they opened. */
  @Patch(':id')
  @Answers(EscalationPolicyAnswer)
  @Requires({ resource: 'escalation-policies', action: 'write', role: 'editor' })
  async change(
    @CurrentIdentity() identity: Identity,
    @Param('id', IdPipe) id: string,
    @Body() body: EscalationPolicyChange,
    @Req() request: IncomingMessage,
  ): Promise<EscalationPolicyAnswer> {
    await this.references.requireTargets(identity.tenantId, targetsByPath(body));
    const { name, description, steps, rounds, acknowledgeTimeoutSeconds, fallback } = body;
    return named(name ?? '', this.policies.change(identity, id, request, (row) => void Object.assign(row, given({
      name, description, steps: steps?.map(stepOf), rounds, acknowledgeTimeoutSeconds, fallback: fallback?.map(targetOf),
    }))));
  }

  /** Refused (409) while a service uses it. */
  @Delete(':id')
  @HttpCode(204)
  @Requires({ resource: 'escalation-policies', action: 'write', role: 'editor' })
  async remove(@CurrentIdentity() identity: Identity, @Param('id', IdPipe) id: string, @Req() request: IncomingMessage): Promise<void> {
    try {
      await this.policies.remove(identity, id, request);
    } catch (error) {
      if (!isForeignKeyViolation(driverError(error))) throw error;
      const names = (await this.references.servicesWithPolicy(identity.tenantId, id)).map((name) => `'${name}'`);
      if (names.length === 0) throw conflict('A service used it a moment ago: try again.');
      throw conflict(`It is the escalation policy of ${names.length === 1 ? 'the service' : 'the services'} ${names.join(', ')}: give them another one first.`);
    }
  }
}

function targetsByPath({ steps, fallback }: { steps?: readonly EscalationStep[]; fallback?: readonly EscalationTarget[] }): Map<string, PolicyTarget> {
  return new Map([
    ...(steps ?? []).flatMap(({ targets }, step) => targets.map((target, index): [string, PolicyTarget] => [`steps[${step}].targets[${index}]`, target])),
    ...(fallback ?? []).map((target, index): [string, PolicyTarget] => [`fallback[${index}]`, target]),
  ]);
}

function stepOf({ delaySeconds, targets }: EscalationStep): PolicyStep {
  return { delaySeconds, targets: targets.map(targetOf) };
}

function targetOf({ type, id }: EscalationTarget): PolicyTarget {
  return { type, id: id.toLowerCase() };
}

function shown(row: PolicyEntity): EscalationPolicyAnswer {
  const { id, name, description, steps, rounds, acknowledgeTimeoutSeconds, fallback, version, createdAt, updatedAt } = row;
  return {
    id, name, description, steps: steps as EscalationStep[], rounds, acknowledgeTimeoutSeconds, fallback,
    version, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString(),
  };
}

function named<T>(name: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    if (isUniqueViolation(driverError(error))) throw conflict(`There is an escalation policy named '${name}' already: choose another name.`);
    throw error;
  });
}
