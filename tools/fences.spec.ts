import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { breaches } from './fences.mjs';

const root = resolve(__dirname, '..');

const trees = mkdtempSync(join(tmpdir(), 'signalbox-fences-'));
afterAll(() => rmSync(trees, { recursive: true }));

/** A tree of our own with exactly these files. */
function tree(files: Record<string, string>): string {
  const dir = mkdtempSync(join(trees, 'tree-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  return dir;
}

const bitten = (path: string, text: string) => breaches(tree({ [path]: `\n${text}\n` }));

const ANOTHER_APP = 'an app imports no other app';
const FRONT_DOOR = 'a project is entered through its src/index.ts (@signalbox/<lib>) alone';
const PURE_LIB = 'a pure lib imports pure libs and no I/O';
const IO_LIB = 'an io lib imports pure libs only';
const HOME = 'this package has one home';
const CONNECTS = 'only libs/outbound opens connections';
const PURE_FOLDER = 'domain/ and sources/ know no framework and no I/O';
const WIDTH = 'a line has 160 characters at most, unless one string, template part or regular expression that it holds from end to end has over 60';
const CLOCK = 'domain/ has no clock, no randomness, no environment';

describe('each fence bites', () => {
  it.each([
    [ANOTHER_APP, 'apps/ingest/src/a.ts', "import { x } from '../../admin/src/b.js';"],
    [ANOTHER_APP, 'apps/ingest/src/a.ts', "import { x } from '@signalbox/admin-service';"],
    [ANOTHER_APP, 'apps/ingest/src/a.spec.ts', "import { x } from '../../admin/src/b.js';"],
    [FRONT_DOOR, 'apps/ingest/src/a.ts', "import { x } from '../../../libs/messaging/src/bus.js';"],
    [FRONT_DOOR, 'apps/ingest/src/a.ts', "export { x } from '@signalbox/messaging/src/bus.js';"],
    [FRONT_DOOR, 'libs/messaging/src/a.ts', "import '../../database/src/index.js';"],
    [PURE_LIB, 'libs/contracts/src/a.ts', "import { Bus } from '@signalbox/messaging';"],
    [PURE_LIB, 'libs/delivery-policy/src/a.ts', "import { readFileSync } from 'node:fs';"],
    [PURE_LIB, 'libs/contracts/src/a.ts', "import { Injectable } from '@nestjs/common';"],
    [IO_LIB, 'libs/messaging/src/a.ts', "import type { Database } from '@signalbox/database';"],
    [IO_LIB, 'libs/outbound/src/a.ts', "const bus = await import('@signalbox/messaging');"],
    ['@signalbox/testing is for tests', 'apps/ops/src/a.ts', "import { eventually } from '@signalbox/testing';"],
    [HOME, 'apps/ops/src/a.ts', "import { connect } from 'nats';"],
    [HOME, 'libs/runtime/src/a.ts', "import { connect } from 'nats';"],
    [HOME, 'apps/incidents/src/a.ts', "import type { Pool } from 'pg';"],
    [HOME, 'apps/delivery/src/a.ts', "const { request } = require('undici');"],
    [HOME, 'libs/outbound/src/a.ts', "import axios from 'axios';"],
    [CONNECTS, 'apps/delivery/src/a.ts', "import {\n  connect,\n} from 'node:net';"],
    [CONNECTS, 'apps/delivery/src/a.ts', "import * as tls from 'node:tls';"],
    [CONNECTS, 'apps/admin/src/a.ts', "import { STATUS_CODES, request } from 'node:http';"],
    [CONNECTS, 'apps/admin/src/a.ts', "const answer = await fetch('http://example.com');"],
    ['nodemailer lives in apps/notifications/src/channels/', 'apps/notifications/src/a.ts', "import { createTransport } from 'nodemailer';"],
    ['typeorm is for libs/database and the apps’ entities and migrations', 'libs/access/src/a.ts', "import { Entity } from 'typeorm';"],
    ['only libs/database makes a DataSource', 'apps/ops/src/a.ts', 'const source = new DataSource({});'],
    [PURE_FOLDER, 'apps/incidents/src/domain/a.ts', "import { Injectable } from '@nestjs/common';"],
    [PURE_FOLDER, 'apps/incidents/src/domain/a.ts', "import { Database } from '@signalbox/database';"],
    [PURE_FOLDER, 'apps/ingest/src/sources/github/a.ts', "import { readFile } from 'fs/promises';"],
    [PURE_FOLDER, 'apps/ingest/src/sources/a.ts', "import { createServer } from 'node:http';"],
    [CLOCK, 'apps/incidents/src/domain/a.ts', 'const at = new Date();'],
    [CLOCK, 'apps/incidents/src/schedules/domain/a.ts', 'const at = new Date();'],
    [PURE_FOLDER, 'apps/incidents/src/schedules/domain/a.ts', "import { readFileSync } from 'node:fs';"],
    [CLOCK, 'apps/incidents/src/domain/a.ts', 'const id = randomUUID();'],
    [CLOCK, 'apps/incidents/src/domain/a.ts', 'export async function decide() {}'],
  ])('%s: %s', (rule, path, text) => {
    const found = bitten(path, text);
    expect(found.map((breach) => breach.rule)).toContain(rule);
    expect(found.find((breach) => breach.rule === rule)).toMatchObject({ path, line: 2 });
  });
});

describe('a line may be 160 characters wide', () => {
  const long = 'x'.repeat(61);
  const code = (rest: string): string => `${'call(one, two); '.repeat(8)}${rest}`.padEnd(161, ';');

  it.each([
    ['code', code('')],
    ['many short strings', code("f('a', 'b', 'c');")],
    ['code between two strings', `f('a', ${'b.c, '.repeat(32)}'d');`],
    ['a template part of 60', code(`f(\`\${a}${'x'.repeat(60)}\${b}\`);`)],
    ['a line of a longer template', code(`f(\`${long}`)],
    ['code between two divisions', `f(a / ${'b, '.repeat(50)} c / d);`],
    ['a comment', `// '${long}' ${'words '.repeat(20)}`],
    ['a comment of more lines', ` * '${long}' ${'words '.repeat(20)}`],
    ['a comment behind code', code(`f(); // '${long}'`)],
  ])('and no wider with %s', (_what, line) => {
    expect(line.length).toBeGreaterThan(160);
    for (const path of ['apps/ops/src/a.ts', 'libs/access/src/a.spec.ts', 'e2e/a.e2e.ts', 'bench/a/b.mjs', 'a.mjs']) {
      expect(bitten(path, line)).toEqual([{ path, line: 2, rule: WIDTH, found: `${line.length} characters` }]);
    }
  });

  it.each([
    ['a long string', `f('${long}');`],
    ['a long string in double quotes', `f("it's ${long}");`],
    ['a long template part', `f(\`\${a}${long}\${b}\`);`],
    ['a long regular expression', `f(/['/]${long}/);`],
    ['a long address', `f('https://example.com/${long}');`],
  ])('and wider with %s', (_what, rest) => {
    expect(bitten('apps/ops/src/a.ts', code(rest))).toEqual([]);
  });

  it('where it is written by hand', () => {
    const files = ['dist/a.mjs', 'apps/ops/dist/a.mjs', 'node_modules/a/a.mjs', '.cache/a.mjs', 'a.json', 'a.cjs'];
    expect(breaches(tree(Object.fromEntries(files.map((path) => [path, code('')]))))).toEqual([]);
    expect(bitten('a.ts', code('').slice(0, 160))).toEqual([]);
  });
});

describe('the fences leave alone', () => {
  it.each([
    ['its own folders and the libs', 'apps/ops/src/http/a.ts', "import { b } from '../store/b.js';\nimport { Bus } from '@signalbox/messaging';"],
    ['types and answers of node:http', 'libs/http-api/src/a.ts', "import { STATUS_CODES, createServer, type ServerResponse } from 'node:http';\nimport type { Agent } from 'node:http';"],
    ['looking at an address', 'apps/admin/src/a.ts', "import { isIP } from 'node:net';"],
    ['the io that a spec needs', 'apps/ops/src/a.int.spec.ts', "import { connect } from 'nats';\nimport { eventually } from '@signalbox/testing';\nawait fetch('http://127.0.0.1');"],
    ['libs that stand on other libs by design', 'libs/runtime/src/a.ts', "import { Bus } from '@signalbox/messaging';"],
    ['comments and words', 'apps/ops/src/domain/a.ts', "// import { connect } from 'nats';\n/* new Date() */\nexport const reasons = ['pg', 'nats'];\nexport const url = 'https://example.com'; // fetch('x')"],
    ['time that is given', 'apps/ops/src/domain/a.ts', 'export const later = (now: Date) => new Date(now.getTime() + 1);'],
  ])('%s', (_what, path, text) => {
    expect(bitten(path, text)).toEqual([]);
  });

  it('this repository', () => {
    expect(breaches(root)).toEqual([]);
  });
});

describe('the linter', () => {
  it('finds any, unused names, import cycles and default exports', () => {
    const dir = tree({
      'a.ts': "import { b } from './b.js';\nexport const a = (x: any): unknown => [x, b];\nconst unused = 1;\nexport default a;\n",
      'b.ts': "import { a } from './a.js';\nexport const b = (): unknown => a;\n",
      'jest.config.ts': 'export default {};\n',
    });
    cpSync(join(root, '.oxlintrc.json'), join(dir, '.oxlintrc.json'));
    const lint = (): { diagnostics: { code: string; filename: string }[] } => {
      try {
        return JSON.parse(execFileSync(join(root, 'node_modules/.bin/oxlint'), ['-f', 'json', '.'], { cwd: dir, encoding: 'utf8' }));
      } catch (error) {
        return JSON.parse((error as { stdout: string }).stdout); // it exits 1 when it finds something
      }
    };
    const { diagnostics } = lint();
    const codes = diagnostics.map(({ code }) => code);
    for (const rule of ['no-explicit-any', 'no-unused-vars', 'no-cycle', 'no-default-export']) {
      expect(codes.some((code) => code.includes(`(${rule})`)) || codes).toBe(true);
    }
    expect(diagnostics.filter(({ filename }) => filename === 'jest.config.ts')).toEqual([]);
  });
});
