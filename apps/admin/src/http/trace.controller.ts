import { Controller, Get, Param } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { questions, type TraceEntry, type TraceQuestion } from '@signalbox/contracts';
import { Answers, IdPipe } from '@signalbox/http-api';
import { Bus } from '@signalbox/messaging';
import { PASSED_TO } from '../domain/path-table.js';
import { TraceAnswer } from './answers.dto.js';

const ANSWER_WITHIN_MS = 2_000;

@Controller('api/v1/trace')
export class TraceController {
  constructor(private readonly bus: Bus) {}

  /** Everything that one accepted request caused, in order; `incomplete` names the services that did not answer. */
  @Get(':id')
  @Answers(TraceAnswer)
  @Requires({ resource: 'trace', action: 'read', role: 'viewer' })
  async read(@CurrentIdentity() { tenantId }: Identity, @Param('id', IdPipe) traceId: string): Promise<TraceAnswer> {
    const question: TraceQuestion = { tenantId, traceId };
    const answers = await Promise.all(PASSED_TO.map(async (service) => ({
      service,
      entries: await this.bus.ask<TraceEntry[]>(questions.trace(service), question, ANSWER_WITHIN_MS),
    })));
    return {
      traceId,
      entries: answers.flatMap(({ entries }) => entries ?? []).sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)),
      incomplete: answers.filter(({ entries }) => !Array.isArray(entries)).map(({ service }) => service),
    };
  }
}
