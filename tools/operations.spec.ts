import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { HouseSettings } from '@signalbox/runtime';
import type { TObject } from '@sinclair/typebox';
import { settings as admin } from '../apps/admin/src/config';
import { settings as delivery } from '../apps/delivery/src/config';
import { settings as incidents } from '../apps/incidents/src/config';
import { settings as ingest } from '../apps/ingest/src/config';
import { settings as notifications } from '../apps/notifications/src/config';
import { settings as ops } from '../apps/ops/src/config';

const root = join(__dirname, '..');
const page = readFileSync(join(root, 'docs', 'operations.md'), 'utf8');

/** `| NAME | default |` of the table that follows a line. */
function documented(heading: string): string[] {
  const table = page.split(`\n${heading}:\n\n`)[1]?.split('\n\n')[0] ?? '';
  return [...table.matchAll(/^\| `([A-Z_]+)` \| (.*?) \|/gm)].map(([, name, value]) => `${name} ${value}`);
}

function declared(schema: TObject): string[] {
  return Object.entries(schema.properties).map(([name, { default: value }]) => {
    const isRequired = schema.required?.includes(name) === true && value === undefined;
    return `${name} ${isRequired ? 'required' : value === undefined || value === '' ? 'none' : `\`${String(value)}\``}`;
  });
}

describe('docs/operations.md', () => {
  it.each<[string, TObject]>([
    ['Every service', HouseSettings], ['ingest', ingest], ['incidents', incidents],
    ['notifications', notifications], ['delivery', delivery], ['ops', ops], ['admin', admin],
  ])('tells of every setting and its default: %s', (heading, schema) => {
    expect(documented(heading)).toEqual(declared(schema));
  });

  it('tells of every metric that the code makes', () => {
    const tables = page.split('## What to watch')[1]!;
    expect(metricsMade().length).toBeGreaterThan(10);
    expect(metricsMade().filter((name) => !tables.includes(`\`${name}`))).toEqual([]);
  });
});

/** `<service>_<name>` of every metric that the code makes. */
function metricsMade(): string[] {
  return ['ingest', 'incidents', 'notifications', 'delivery', 'ops', 'admin'].flatMap((service) => {
    const src = join(root, 'apps', service, 'src');
    const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => /(?<!\.spec)\.ts$/.test(file));
    const text = files.map((file) => readFileSync(join(src, file), 'utf8')).join('\n');
    return [...text.matchAll(/metrics\.(?:counter|gauge|histogram)\('([a-z_]+)'/g)].map(([, name]) => `${service}_${name}`);
  });
}
