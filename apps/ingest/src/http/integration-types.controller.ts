import { Controller, Get } from '@nestjs/common';
import { Requires } from '@signalbox/access';
import { SOURCES } from '../sources/registry.js';

@Controller('api/v1/integration-types')
export class IntegrationTypesController {
  /** Every source: what it takes, how it may be signed, its severities, and the JSON Schema of its mapping. */
  @Get()
  @Requires({ resource: 'integrations', action: 'read', role: 'viewer' })
  list() {
    return {
      data: SOURCES.map((source) => ({
        type: source.type, displayName: source.displayName, path: `/api/integrations/${source.type}`, methods: source.methods, contentTypes: source.contentTypes,
        signatureHeaders: [...new Set(source.signature.map(({ header }) => header))], severities: source.severities, mappingSchema: source.config ?? null,
      })),
      nextCursor: null,
    };
  }
}
