import { mutated, randomNumbers, textOf } from '@signalbox/testing';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Problem } from './support/http.js';
import { sendRaw, type RawAnswer } from './support/raw-request.js';
import { pids, system } from './support/system.js';
import { World, type Integration } from './support/world.js';

/**
 * What the conformance suite does to every source in process (10,000 bodies each), as a sample through
 * the running gateway: with a real key, a real body parser and a real bus behind it.
 */

const SAMPLE = Number(process.env.FUZZ_BODIES ?? 300);
const SEED = Number(process.env.FUZZ_SEED ?? 20_261_121);
const ANSWERED_WITHIN_MS = 2_000;
const SOURCES = join(__dirname, '..', 'apps', 'ingest', 'src', 'sources');
const FORM_TYPE = 'application/x-www-form-urlencoded';

interface Fixture {
  readonly name: string;
  readonly bodyText: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly config: object | undefined;
}

const types = readdirSync(SOURCES).filter((type) => existsSync(join(SOURCES, type, 'fixtures')));

function fixturesOf(type: string): Fixture[] {
  const folder = join(SOURCES, type, 'fixtures');
  return readdirSync(folder).filter((file) => /^(?!.*\.(request|expected)\.json$).*\.json$/.test(file)).map((file) => {
    const request = join(folder, file.replace(/\.json$/, '.request.json'));
    const { headers = {}, query = {}, config } = (existsSync(request) ? JSON.parse(readFileSync(request, 'utf8')) : {}) as Partial<Fixture>;
    return { name: file, bodyText: readFileSync(join(folder, file), 'utf8'), headers, query, config };
  });
}

let world: World;
let pidsBefore: Record<string, number>;

beforeAll(async () => {
  world = await World.make('fuzzed sources');
  pidsBefore = await pids();
});

/** A source's own type of body where a fixture names one; what is no flat object can only be JSON. */
function sent(fixture: Fixture, body: unknown): { body: string; headers: Readonly<Record<string, string>> } {
  const type = fixture.headers['content-type'];
  const isForm = type === FORM_TYPE && typeof body === 'object' && body !== null && Object.values(body).every((value) => typeof value !== 'object');
  return {
    body: isForm ? new URLSearchParams(body as Record<string, string>).toString() : textOf(body),
    headers: { ...fixture.headers, 'content-type': type === undefined || (type === FORM_TYPE && !isForm) ? 'application/json' : type },
  };
}

function complaint({ status, text, ms }: RawAnswer): string | undefined {
  if (ms > ANSWERED_WITHIN_MS) return `took ${ms} ms`;
  if (status >= 500) return 'is a fault of ours';
  if (status === 202 || status === 200) return undefined;
  if (status !== 400) return 'is neither taken nor refused for its body';
  const { errors = [], detail = '' } = JSON.parse(text) as Problem;
  return detail !== '' && errors.length > 0 && errors.every(({ path, message }) => path !== '' && message !== '') ? undefined : 'does not name what is wrong';
}

test.each(types)(`%s answers ${SAMPLE} bodies that nobody documented, in time, and names what it refuses`, async (type) => {
  const integrations = new Map<string, Integration>();
  const integrationFor = async (config: object | undefined): Promise<Integration> => {
    const key = JSON.stringify(config ?? null);
    const known = integrations.get(key) ?? await world.integration(type, config === undefined ? {} : { mapping: config });
    integrations.set(key, known);
    return known;
  };
  const random = randomNumbers(SEED);
  const fixtures = fixturesOf(type);
  const complaints: string[] = [];
  for (let round = 0; round < SAMPLE; round += 1) {
    const fixture = fixtures[round % fixtures.length]!;
    const integration = await integrationFor(fixture.config);
    const { body, headers } = sent(fixture, mutated(JSON.parse(fixture.bodyText), random));
    const path = `/api/integrations/${type}?${new URLSearchParams({ ...fixture.query, integrationId: integration.id })}`;
    const answer = await sendRaw(system.urls.ingest, { method: 'POST', path, headers: { ...headers, 'x-integration-key': integration.key }, body });
    const found = complaint(answer);
    if (found !== undefined) {
      complaints.push(`seed ${SEED}, round ${round}, ${fixture.name}: ${answer.status} ${found}: ${answer.text.slice(0, 300)} of ${body.slice(0, 300)}`);
    }
  }
  expect(complaints).toEqual([]);
});

test('and nothing died of it', async () => {
  expect(await pids()).toEqual(pidsBefore);
});
