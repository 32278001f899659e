import { NOTICES, newId, subjects } from '@signalbox/contracts';
import { Stage, eventually, startPostgres, startReceiver, type Receiver, type Server } from '@signalbox/testing';
import { service } from '../app.module.js';
import { schema } from '../schema.js';

let stage: Stage;
let postgres: Server;
let receiver: Receiver;
const tenantId = newId();

beforeAll(async () => {
  // A Postgres of its own: it is killed.
  [postgres, receiver] = await Promise.all([startPostgres(), startReceiver()]);
  stage = await Stage.set(service, schema, { DATABASE_URL: postgres.url, OUTBOUND_ALLOW_PRIVATE: 'true', PUBLIC_INGEST_URL: 'https://in.example.com' });
  await stage.start();
  await stage.start();
  const made = (what: string, body: object) => stage.call('POST', `/api/v1/customer/notification-${what}`, { tenantId, body });
  const channel = await made('channels', { kind: 'webhook', name: 'ops', config: { url: receiver.url } });
  const rule = await made('routing-rules', { name: 'all', conditions: {}, targets: [{ type: 'channel', id: channel.body.id }] });
  expect([channel.status, rule.status]).toEqual([201, 201]);
}, 30_000);

afterAll(async () => {
  await stage.stop();
  await Promise.all([receiver.stop(), postgres.stop()]);
});

beforeEach(() => { receiver.requests.length = 0; });

async function raise(): Promise<string> {
  const notice = { ...NOTICES.example, id: newId(), tenantId, traceId: newId(), fingerprint: `certificate/${newId()}` };
  await stage.bus.publish(subjects.notices(tenantId), NOTICES.encode(notice));
  return notice.traceId;
}

/** Ends the claims of what is being sent in so many seconds, as if they had begun that long ago. */
const runOut = (seconds: number): Promise<unknown> =>
  stage.db.query(`update notifications set due_at = now() + make_interval(secs => $1) where status = 'processing'`, [seconds]);

const stored = (traceId: string): Promise<boolean> => eventually(async () => {
  const rows = await stage.db.query('select status, attempts from notifications where trace_id = $1', [traceId]);
  expect(rows).toEqual([{ status: 'sent', attempts: 1 }]);
  return true;
}, { withinMs: 15_000, describe: 'it is stored as sent with one attempt' });

describe('what was sent, while nobody can store that it was', () => {
  it('is not sent again, by its sender or another, when its claim would have run out', async () => {
    // As a Postgres that is too slow for every settlement, and not for a look at what is due.
    await stage.db.query(
      `create function too_slow() returns trigger language plpgsql as $$
       begin raise exception 'canceling statement due to statement timeout' using errcode = '57014'; end $$`);
    await stage.db.query('create trigger too_slow before insert on notification_attempts for each row execute function too_slow()');
    const traceId = await raise();
    await receiver.received(1);
    await runOut(4);
    expect(await receiver.received(2, { withinMs: 5_500 }).then(() => 'sent again', () => 'sent once')).toBe('sent once');
    await stage.db.query('drop trigger too_slow on notification_attempts');
    await stored(traceId);
    expect(receiver.requests).toHaveLength(1);
  }, 30_000);

  it('is not sent again when Postgres comes back after its claim has run out', async () => {
    receiver.answerNext({ delayMs: 1_000 });
    const traceId = await raise();
    await receiver.received(1);
    await runOut(1.5);
    await stage.db.query('checkpoint');
    await postgres.kill();
    await eventually(() => Date.now() - receiver.requests[0]!.receivedAt.getTime() > 3_500, { describe: 'the end of the claim' });
    await postgres.restart();
    await stored(traceId);
    expect(receiver.requests).toHaveLength(1);
  }, 30_000);
});
