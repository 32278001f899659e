import { Controller, Get, Param } from '@nestjs/common';
import { Requires } from '@signalbox/access';
import { Answers, notFound, type Page } from '@signalbox/http-api';
import type { Source } from '../sources/contract.js';
import { SOURCES, sourceOf } from '../sources/registry.js';
import { IntegrationTypeAnswer } from './answers.dto.js';
import { SetUpGuides } from './set-up-guide.js';

@Controller('api/v1/integration-types')
export class IntegrationTypesController {
  constructor(private readonly guides: SetUpGuides) {}

  /** Every source: what it takes, how it may be signed, what becomes of its requests, how it is set up, and the JSON Schema of its mapping. */
  @Get()
  @Answers(IntegrationTypeAnswer, 'page')
  @Requires({ resource: 'integrations', action: 'read', role: 'viewer' })
  list(): Page<IntegrationTypeAnswer> {
    return { data: SOURCES.map((source) => this.shown(source)), nextCursor: null };
  }

  @Get(':type')
  @Answers(IntegrationTypeAnswer)
  @Requires({ resource: 'integrations', action: 'read', role: 'viewer' })
  read(@Param('type') type: string): IntegrationTypeAnswer {
    const source = sourceOf(type);
    if (source === undefined) throw notFound('integration type', `'${type}'`);
    return this.shown(source);
  }

  private shown({ type, displayName, methods, contentTypes, signature, severities, kinds, config }: Source): IntegrationTypeAnswer {
    return {
      type, displayName, path: `/api/integrations/${type}`, methods, contentTypes,
      signatureHeaders: [...new Set(signature.map(({ header }) => header))], severities,
      kinds: kinds.map(({ fixture: _ofTests, ...kind }) => kind), mappingSchema: config ?? null, setup: this.guides.of(type),
    };
  }
}
