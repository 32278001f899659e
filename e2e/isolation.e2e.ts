import { baseOf, collectionsOf, fieldsOf, filled, OPERATIONS, READS, resolved, withValue, type ApiOperation } from './support/api-document.js';
import { send, type Problem } from './support/http.js';
import { Operator } from './support/operator.js';
import { bodyOf, BODIES_OF_REFERENCES } from './support/bodies.js';
import { FIELDS, isOfTenant, NO_RESOURCES, oneOfEach, pathOf, type Ids, type Kind } from './support/resources.js';
import { system } from './support/system.js';
import { World } from './support/world.js';

/**
 * Every operation of docs/openapi.json against another tenant, every role, every scope and no
 * credential at all: generated, so that a new operation is held to it by itself.
 */

let owner: World;
let stranger: World;
let owned: Ids;
let strange: Ids;

beforeAll(async () => {
  [owner, stranger] = await Promise.all([World.make('owner'), World.make('stranger')]);
  [owned, strange] = await Promise.all([oneOfEach(owner), oneOfEach(stranger)]);
});

const ofPlatform = (operation: ApiOperation): boolean => operation.requires?.role === 'platform';
/** For operators of a tenant, at the front door. */
const FOR_TENANTS = OPERATIONS.filter((operation) => operation.requires !== undefined && !ofPlatform(operation));

const ask = (operator: Operator, operation: ApiOperation, path: string, body = bodyOf(operation, strange)) =>
  send(operation.method, `${baseOf(operation)}${path}`, { headers: operator.headers, body });

/** What the complaint of each operation is, if any; one after the other. */
async function complaints(operations: readonly ApiOperation[], check: (operation: ApiOperation) => Promise<string | undefined>): Promise<string[]> {
  const found: string[] = [];
  for (const operation of operations) {
    const complaint = await check(operation);
    if (complaint !== undefined) found.push(`${operation.name}: ${complaint}`);
  }
  return found;
}

/** Answers with `status`, or complains of what it answers; `ids` are those in the path. */
const wants = (status: number, operator: () => Operator, ids: () => Ids) => async (operation: ApiOperation): Promise<string | undefined> => {
  const answer = await ask(operator(), operation, pathOf(operation, ids()));
  return answer.status === status ? undefined : `${answer.status} ${answer.text.slice(0, 200)}`;
};

/** Everything that the owner can read, apart from what reading itself changes. */
async function snapshot(): Promise<string[]> {
  const reads = READS.filter((operation) => FOR_TENANTS.includes(operation));
  return Promise.all(reads.map(async (operation) => {
    const answer = await ask(owner.operator, operation, pathOf(operation, owned));
    return `${operation.name} ${answer.status} ${answer.text.replaceAll(/"lastUsedAt":("[^"]*"|null)|"(since|until)":"[^"]*"|^id: .*$/gm, '')}`;
  }));
}

describe('the document', () => {
  it('has no path, body or reference that these tests do not know how to fill', () => {
    for (const operation of OPERATIONS) {
      pathOf(operation, owned);
      bodyOf(operation, owned);
      referencesOf(operation);
    }
    const used = new Set(OPERATIONS.flatMap(collectionsOf));
    expect(Object.keys(NO_RESOURCES).filter((collection) => !used.has(collection))).toEqual([]);
  });

  it('leaves to platform operators what is of no tenant, and says of every other operation what it asks for', () => {
    expect([...new Set(OPERATIONS.filter(ofPlatform).map(({ requires }) => requires!.resource))].sort()).toEqual(['bus', 'tenants']);
    const open = OPERATIONS.filter(({ requires, service }) => requires === undefined && service !== 'gateway').map(({ name }) => name);
    expect(open.sort()).toEqual(['GET /', 'GET /api/openapi.json', 'POST /api/v1/session']);
  });
});

describe("another tenant's administrator", () => {
  it('finds nothing under any id (404), and changes nothing by trying', async () => {
    const before = await snapshot();
    for (const text of before) expect(text).toMatch(/^GET \S+ 200 /);
    const operations = FOR_TENANTS.filter(isOfTenant);
    expect(operations.length).toBeGreaterThan(60);
    expect(await complaints(operations, wants(404, () => stranger.operator, () => owned))).toEqual([]);
    // What hangs on a resource is not reached through a resource of one's own either.
    expect(await complaints(operations.filter((operation) => collectionsOf(operation).length > 1), async (operation) => {
      const [parent, ...children] = pathIds(operation);
      const answer = await ask(stranger.operator, operation, filled(operation, [strange[parent!], ...children.map((kind) => owned[kind])]));
      return answer.status === 404 ? undefined : String(answer.status);
    })).toEqual([]);
    expect(await snapshot()).toEqual(before);
  });

  it('sees nothing of it in anything that can be read', async () => {
    const known = Object.values(owned);
    expect(await complaints(READS.filter((operation) => FOR_TENANTS.includes(operation)), async (operation) => {
      const answer = await ask(stranger.operator, operation, pathOf(operation, strange));
      const seen = known.filter((id) => answer.text.includes(id));
      return answer.status === 200 && seen.length === 0 ? undefined : `${answer.status}, with ${seen.join(', ')}`;
    })).toEqual([]);
  });

  it('gets nothing by narrowing a list to it', async () => {
    const asked: string[] = [];
    expect(await complaints(READS.filter((operation) => FOR_TENANTS.includes(operation)), async (operation) => {
      for (const { name } of operation.parameters.filter((parameter) => parameter.in === 'query' && parameter.name in FIELDS)) {
        // Of a path that names the service already, the parameter says nothing new.
        if (operation.path.includes(`{${name}}`)) continue;
        asked.push(`${operation.name} ${name}`);
        const answer = await ask(stranger.operator, operation, `${pathOf(operation, strange)}?${name}=${owned[FIELDS[name]!]}`);
        const found = answer.text.startsWith('{') ? answer.json<{ data: { count?: number }[] }>().data : [];
        if (answer.status !== 200 || found.some(({ count }) => count !== 0)) {
          return `${name}: ${answer.status} ${answer.text.slice(0, 200)}`;
        }
      }
      return undefined;
    })).toEqual([]);
    expect(asked.length).toBeGreaterThan(10);
  });

  it('cannot build on it: its ids in a body are faults that are named, or narrow to nothing', async () => {
    const before = await snapshot();
    const tried: string[] = [];
    const operations = OPERATIONS.filter((operation) => operation.method !== 'GET' && (operation.service === 'gateway' || FOR_TENANTS.includes(operation)));
    expect(await complaints(operations, async (operation) => {
      for (const { path, kind, isList } of referencesOf(operation)) {
        const reference = `${operation.name} ${path.join('.')}`;
        tried.push(reference);
        const narrowing = NARROWING[reference] ?? NARROWING[operation.name];
        const narrows = narrowing !== undefined;
        const base = narrowing ?? BODIES_OF_REFERENCES[reference]?.(strange) ?? bodyOf(operation, strange)!;
        const body = withValue(base, operation.body!.schema, path, isList ? [owned[kind]] : owned[kind]) as object;
        const answer = await ask(stranger.operator, operation, pathOf(operation, strange), body);
        const named = answer.status === 400 && (answer.json<Problem>().errors ?? []).some((error) => error.path.replaceAll(/\[\d+\]/g, '') === path.join('.'));
        if (narrows ? answer.status !== 200 || answer.json().count !== 0 : !named) return `${path.join('.')}: ${answer.status} ${answer.text.slice(0, 200)}`;
      }
      return undefined;
    })).toEqual([]);
    expect(tried.length).toBeGreaterThan(10);
    expect(await snapshot()).toEqual(before);
  });

  it('learns nothing of its traces, and is no operator of the platform', async () => {
    const trace = await ask(stranger.operator, OPERATIONS.find(({ name }) => name === 'GET /api/v1/trace/{id}')!, `/api/v1/trace/${owned.trace}`);
    expect(trace.json()).toEqual({ traceId: owned.trace, entries: [], incomplete: [] });
    expect((await owner.operator.get<{ entries: unknown[] }>(`/api/v1/trace/${owned.trace}`)).entries.length).toBeGreaterThan(0);
    expect(await complaints(OPERATIONS.filter(ofPlatform), wants(403, () => stranger.operator, () => strange))).toEqual([]);
  });
});

/** What viewers may do although it is no GET: they look, or it is about themselves. */
const VIEWERS_MAY = [
  'DELETE /api/v1/contact-methods/{id}', 'PATCH /api/v1/contact-methods/{id}', 'POST /api/v1/contact-methods',
  'POST /api/v1/contact-methods/{id}/send-code', 'POST /api/v1/contact-methods/{id}/verify',
  'DELETE /api/v1/session', 'PUT /api/v1/session/password', 'PUT /api/v1/session/time-zone', 'POST /api/v1/customer/message-routes/test',
  'POST /api/v1/customer/message-routes/{id}/test', 'POST /api/v1/integrations/{id}/try',
  'POST /api/v1/schedules/preview', 'POST /api/v1/silences/preview', 'POST /api/v1/maintenance-windows/preview',
  'POST /api/v1/inhibition-rules/preview', 'POST /api/v1/grouping-rules/preview',
];

/** A viewer's, too, of what is their own; what is somebody else's is there for administrators alone. */
const ONES_OWN = ['GET /api/v1/contact-methods/{id}'];

describe('a role', () => {
  const roles = ['viewer', 'editor', 'admin'] as const;
  const keys = {} as Record<(typeof roles)[number], Operator>;

  beforeAll(async () => {
    for (const role of roles) {
      keys[role] = Operator.withKey((await owner.operator.post<{ key: string }>('/api/v1/api-keys', { name: role, role, scopes: ['*'] })).key);
    }
  });

  it('of a viewer changes nothing: 403', async () => {
    const changes = FOR_TENANTS.filter(({ method, name }) => method !== 'GET' && !VIEWERS_MAY.includes(name));
    expect(changes.length).toBeGreaterThan(40);
    expect(await complaints(changes, wants(403, () => keys.viewer, () => owned))).toEqual([]);
    expect(FOR_TENANTS.filter(({ method, requires }) => method !== 'GET' && requires!.role === 'viewer').map(({ name }) => name).sort())
      .toEqual([...VIEWERS_MAY].sort());
  });

  it.each(roles)('%s reads what it may, and is told 403 for what is above it', async (role) => {
    const isAbove = ({ requires }: ApiOperation): boolean => requires!.role === 'platform' || roles.indexOf(requires!.role) > roles.indexOf(role);
    const operations = OPERATIONS.filter(({ requires }) => requires !== undefined);
    expect(await complaints(operations.filter(isAbove), wants(403, () => keys[role], () => owned))).toEqual([]);
    const reads = operations.filter((operation) => operation.method === 'GET' && !isAbove(operation));
    const isHidden = ({ name }: ApiOperation): boolean => role !== 'admin' && ONES_OWN.includes(name);
    expect(await complaints(reads.filter((operation) => !isHidden(operation)), wants(200, () => keys[role], () => owned))).toEqual([]);
    expect(await complaints(reads.filter(isHidden), wants(404, () => keys[role], () => owned))).toEqual([]);
  });
});

/** The gateway's operations ask for a scope without an entry in the document: senders have no role. */
const SENDING: Readonly<Record<string, string>> = { 'POST /api/events': 'events:write', 'POST /api/v1/messages': 'messages:write' };
const scopeOf = ({ name, requires }: ApiOperation): string | undefined =>
  SENDING[name] ?? (requires === undefined ? undefined : `${requires.resource}:${requires.action}`);

describe('an API key', () => {
  it('without the scope of an operation is told 403, whatever other scopes it has', async () => {
    const scoped = OPERATIONS.filter((operation) => scopeOf(operation) !== undefined && !ofPlatform(operation));
    const scopes = [...new Set(scoped.map((operation) => scopeOf(operation)!))];
    expect(scopes.length).toBeGreaterThan(20);
    for (const scope of scopes) {
      const { key } = await owner.operator.post<{ key: string }>('/api/v1/api-keys', {
        name: `all but ${scope}`, role: 'admin', scopes: scopes.filter((other) => other !== scope),
      });
      expect(await complaints(scoped.filter((operation) => scopeOf(operation) === scope), wants(403, () => Operator.withKey(key), () => owned))).toEqual([]);
    }
  });
});

describe('without a credential', () => {
  const NOBODY = Operator.withHeaders({});
  /** Each with what it answers instead of 401. */
  const FOR_EVERYBODY: Readonly<Record<string, number>> = {
    'GET /': 200, 'GET /api/openapi.json': 200, 'POST /api/v1/session': 401, 'GET /a/{token}': 404, 'POST /a/{token}': 404,
    'POST /v2/enqueue': 400, 'POST /v2/change/enqueue': 400, // PagerDuty's contract knows no 401
    'GET /api/v2/status': 200, 'GET /-/healthy': 200, 'GET /-/ready': 200, // a Prometheus asks without
  };

  it('every operation is 401', async () => {
    expect(await complaints(OPERATIONS, (operation) => wants(FOR_EVERYBODY[operation.name] ?? 401, () => NOBODY, () => owned)(operation))).toEqual([]);
  });

  it('every operation is 401 behind the front door too, even with a key that opens it', async () => {
    const behind = OPERATIONS.filter(({ service }) => service !== 'gateway' && service !== 'admin');
    /** What is asked directly as well, with the same keys. */
    const takesKeys = ({ service, name }: ApiOperation): boolean => service === 'ops' || name === 'GET /api/integrations/health';
    expect(await complaints(behind, async (operation) => {
      const { headers } = takesKeys(operation) ? NOBODY : owner.operator;
      const answer = await send(operation.method, `${system.urls[operation.service as keyof typeof system.urls]}${pathOf(operation, owned)}`, {
        headers, body: bodyOf(operation, owned),
      });
      return answer.status === 401 ? undefined : String(answer.status);
    })).toEqual([]);
  });
});

/** Ids in these select among what is one's own: another's are none of it. With the body for it. */
const NARROWING: Readonly<Record<string, object>> = {
  'POST /api/v1/customer/dead-letter/replay': { dryRun: true }, 'POST /api/v1/customer/dead-letter/purge': { dryRun: true },
  ...Object.fromEntries(['ids', 'filter.service', 'filter.team', 'filter.assignee'].map((path) => [
    `POST /api/v1/incidents/bulk ${path}`,
    { dryRun: true, action: 'acknowledge' },
  ])),
};

/** Every field of an operation's body that holds an id or a list of them, and whose. Throws for an id of which nobody told. */
function referencesOf(operation: ApiOperation): { path: string[]; kind: Kind; isList: boolean }[] {
  if (operation.body === undefined) return [];
  return fieldsOf(operation.body.schema).flatMap(({ path, schema }) => {
    const { items } = resolved(schema);
    if ((items === undefined ? resolved(schema) : resolved(items)).format !== 'uuid') return [];
    const kind = FIELDS[`${operation.name} ${path.join('.')}`] ?? FIELDS[path.slice(-2).join('.')] ?? FIELDS[path.at(-1)!];
    if (kind === undefined) throw new Error(`${operation.name}: whose id is ${path.join('.')}? Give it a line in FIELDS of e2e/support/resources.ts`);
    return [{ path, kind, isList: items !== undefined }];
  });
}

function pathIds(operation: ApiOperation): Kind[] {
  const kinds = Object.keys(owned) as Kind[];
  const named = Object.fromEntries(kinds.map((kind) => [kind, kind])) as Ids;
  const path = pathOf(operation, named).split('/');
  return operation.path.split('/').flatMap((part, index) => (part.startsWith('{') ? [path[index] as Kind] : []));
}
