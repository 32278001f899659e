import { Type } from '@sinclair/typebox';

/** What this service is told beside the house's settings. */
export const settings = Type.Object({
  DEAD_LETTER_RETENTION_DAYS: Type.Integer({
    minimum: 0, maximum: 3_650, default: 90,
    description: 'dead letters and finished replay jobs older than this are deleted; 0 keeps them for ever',
  }),
  REPLAY_IN_FLIGHT: Type.Integer({ minimum: 1, maximum: 100_000, default: 5_000, description: 'letters of one replay job that may be on their way at a time' }),
  REPLAY_ANSWER_HOURS: Type.Integer({
    minimum: 1, maximum: 720, default: 26,
    description: 'a replayed letter whose owner has told nothing for so long is dead again (held messages wait up to 24 h)',
  }),
});
