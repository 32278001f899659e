import { Controller, Get } from '@nestjs/common';
import { Requires } from '@signalbox/access';
import { Answers, type Page } from '@signalbox/http-api';
import { configForm } from '../destinations/config.js';
import { DESTINATIONS } from '../destinations/registry.js';
import { DestinationTypeAnswer } from './answers.dto.js';

@Controller('api/v1/destination-types')
export class DestinationTypesController {
  /** Every kind of destination with the JSON Schema of its settings. */
  @Get()
  @Answers(DestinationTypeAnswer, 'page')
  @Requires({ resource: 'message-routes', action: 'read', role: 'viewer' })
  list(): Page<DestinationTypeAnswer> {
    return {
      data: DESTINATIONS.map((destination) => ({ type: destination.kind, name: destination.displayName, config: configForm(destination) })),
      nextCursor: null,
    };
  }
}
