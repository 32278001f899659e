import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { CurrentIdentity, Requires, auditMessage, type Identity } from '@signalbox/access';
import { Database, enqueue } from '@signalbox/database';
import { Answers, conflict, notFound, unavailable, type Page } from '@signalbox/http-api';
import { Bus, OutboxRelay } from '@signalbox/messaging';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { BusView, type ConsumerView } from '../bus/bus-view.js';
import { ConsumerAnswer, StreamAnswer } from './answers.dto.js';

export class PauseConsumer {
  /** It goes on by itself after so many minutes. */
  @IsOptional() @IsInt() @Min(1) @Max(1_440)
  minutes: number = 60;
}

/** The message bus, for operators of the platform. */
@Controller('api/v1/bus')
export class BusController {
  constructor(private readonly bus: Bus, private readonly view: BusView, private readonly db: Database, private readonly relay: OutboxRelay) {}

  /** Every stream: how much it holds, how full it is, how old the oldest message is. */
  @Get('streams')
  @Answers(StreamAnswer, 'page')
  @Requires({ resource: 'bus', action: 'read', role: 'platform' })
  async streams(): Promise<Page<StreamAnswer>> {
    return { data: await this.asked(() => this.view.streams()), nextCursor: null };
  }

  /** Every consumer, the furthest behind first. */
  @Get('consumers')
  @Answers(ConsumerAnswer, 'page')
  @Requires({ resource: 'bus', action: 'read', role: 'platform' })
  async consumers(): Promise<Page<ConsumerAnswer>> {
    return { data: await this.asked(() => this.view.consumers()), nextCursor: null };
  }

  /** Gives a work queue's consumer nothing for a while; its messages wait. */
  @Post('consumers/:name/pause')
  @HttpCode(200)
  @Answers(ConsumerAnswer)
  @Requires({ resource: 'bus', action: 'write', role: 'platform' })
  async pause(@CurrentIdentity() identity: Identity, @Param('name') name: string, @Body() { minutes }: PauseConsumer): Promise<ConsumerAnswer> {
    const until = new Date(Date.now() + minutes * 60_000);
    return this.change(identity, name, 'pause', { until: until.toISOString() }, (consumer) => this.view.pause(consumer, until));
  }

  @Post('consumers/:name/resume')
  @HttpCode(200)
  @Answers(ConsumerAnswer)
  @Requires({ resource: 'bus', action: 'write', role: 'platform' })
  async resume(@CurrentIdentity() identity: Identity, @Param('name') name: string): Promise<ConsumerAnswer> {
    return this.change(identity, name, 'resume', {}, (consumer) => this.view.resume(consumer));
  }

  /** The bus is no part of a transaction: the change comes first, and is then told to the audit log. */
  private async change(
    identity: Identity,
    name: string,
    action: string,
    after: object,
    work: (consumer: ConsumerView) => Promise<void>,
  ): Promise<ConsumerView> {
    const consumer = await this.asked(() => this.view.consumer(name));
    if (consumer === undefined) throw notFound('consumer', name);
    if (!consumer.durable) throw conflict('Only consumers of work queues can be paused: a reader of a log makes its consumer anew.', 'not-durable');
    await this.asked(() => work(consumer));
    this.relay.offer(await enqueue(this.db, [
      auditMessage(identity, { action, resource: 'bus-consumer', resourceId: name, after: { stream: consumer.stream, ...after } }),
    ]));
    return (await this.asked(() => this.view.consumer(name))) ?? consumer;
  }

  private async asked<T>(question: () => Promise<T>): Promise<T> {
    if (!this.bus.connected) throw unavailable('The message bus is away; try again in a moment.');
    return question();
  }
}
