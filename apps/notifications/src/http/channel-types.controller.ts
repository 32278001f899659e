import { Controller, Get } from '@nestjs/common';
import { Requires } from '@signalbox/access';
import { Answers, type Page } from '@signalbox/http-api';
import { configForm } from '../channels/config.js';
import { CHANNELS } from '../channels/registry.js';
import { EVENT_TYPES } from '../domain/event-types.js';
import { ChannelTypeAnswer, EventTypeAnswer } from './answers.dto.js';

@Controller('api/v1')
export class ChannelTypesController {
  /** Every kind of channel with the JSON Schema of its config: what a form is drawn from. */
  @Get('channel-types')
  @Requires({ resource: 'channels', action: 'read', role: 'viewer' })
  @Answers(ChannelTypeAnswer, 'page')
  channelTypes(): Page<ChannelTypeAnswer> {
    return { data: CHANNELS.map((channel) => ({ kind: channel.kind, displayName: channel.displayName, configSchema: configForm(channel) })), nextCursor: null };
  }

  /** What can be notified about, with the severity that is used when none is given. */
  @Get('event-types')
  @Requires({ resource: 'notifications', action: 'read', role: 'viewer' })
  @Answers(EventTypeAnswer, 'page')
  eventTypes(): Page<EventTypeAnswer> {
    return { data: EVENT_TYPES, nextCursor: null };
  }
}
