// The structure of the house, checked: who may import whom, which package may be used where (docs/ARCHITECTURE.md says why), and how wide a line is.
// Usage: node tools/fences.mjs [root]   prints every breach as file:line and exits 1 when there is one.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, posix, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const PURE = ['adapter-config', 'calendar', 'contracts', 'delivery-policy'];
const MAY_USE_ANY_LIB = ['http-api', 'runtime', 'testing'];
const HOME_OF = {
  nats: ['messaging'], pg: ['database'], undici: ['outbound'], axios: [], got: [],
  'node-fetch': [], superagent: [], 'node:dgram': [], 'node:http2': [],
};
const CONNECTING = {
  'node:net': /\b(connect|createConnection|Socket)\b/, 'node:tls': /\b(connect|TLSSocket)\b/,
  'node:http': /\b(request|get|Agent|ClientRequest)\b/, 'node:https': /\b(request|get|Agent)\b/,
};
const MAIL = 'apps/notifications/src/channels/';
/** Passes operators' requests on to our own services, whose addresses come from the settings and never from a user. */
const FRONT_DOOR = 'apps/admin/src/front-door/';
const IO_MODULES = /^(node:)?(fs|net|tls|dns|http|https|http2|dgram|child_process|worker_threads|timers)(\/|$)/;

/** Each rule: whom it concerns, and what it says against an import (`target` is a package, or the path that a relative import leads to). */
const importRules = [
  {
    rule: 'an app imports no other app',
    at: () => true,
    against: ({ file, target }) => isOutside(file, target) && target.startsWith('apps/') || /^@signalbox\/.*-service$/.test(target),
  },
  {
    rule: 'a project is entered through its src/index.ts (@signalbox/<lib>) alone',
    at: ({ project }) => project !== 'libs/testing',
    against: ({ file, target, relative: isRelative }) =>
      isRelative ? isOutside(file, target) && !target.startsWith('apps/') : /^@signalbox\/[^/]+\//.test(target),
  },
  {
    rule: 'a pure lib imports pure libs and no I/O',
    at: ({ lib }) => PURE.includes(lib),
    against: ({ target, lib }) => isImpure(lib) || IO_MODULES.test(target) || target.startsWith('@nestjs/'),
  },
  {
    rule: 'an io lib imports pure libs only',
    at: ({ lib, isSpec }) => lib && !MAY_USE_ANY_LIB.includes(lib) && !isSpec,
    against: ({ lib }) => isImpure(lib),
  },
  {
    rule: '@signalbox/testing is for tests',
    at: ({ isSpec }) => !isSpec,
    against: ({ lib }) => lib === 'testing',
  },
  {
    rule: 'this package has one home',
    at: ({ isSpec, lib }) => !isSpec && lib !== 'testing',
    against: ({ file, target }) => HOME_OF[target] && !HOME_OF[target].includes(file.lib),
  },
  {
    rule: 'only libs/outbound opens connections',
    at: ({ isSpec, lib, path }) => !isSpec && !['outbound', 'testing'].includes(lib) && !path.startsWith(FRONT_DOOR),
    against: ({ target, names, isType }) => !isType && CONNECTING[target] && (CONNECTING[target].test(names) || !names.includes('{')),
  },
  {
    rule: `nodemailer lives in ${MAIL}`,
    at: ({ path, isSpec }) => !path.startsWith(MAIL) && !isSpec,
    against: ({ target }) => /^nodemailer(\/|$)/.test(target),
  },
  {
    rule: 'typeorm is for libs/database and the apps’ entities and migrations',
    at: ({ lib }) => lib && lib !== 'database',
    against: ({ target }) => target === 'typeorm',
  },
  {
    rule: 'domain/ and sources/ know no framework and no I/O',
    at: ({ isPureFolder, isSpec }) => isPureFolder && !isSpec,
    against: ({ target, lib, isType }) => /^(@nestjs\/|typeorm$|rxjs)/.test(target) || IO_MODULES.test(target) && !isType || isImpure(lib),
  },
];

const isOutside = (file, target) => !target.startsWith(`${file.project}/`);
const isImpure = (lib) => lib && !PURE.includes(lib);

const textRules = [
  {
    rule: 'only libs/database makes a DataSource',
    at: ({ lib }) => lib !== 'database',
    pattern: /\bnew DataSource\(/,
  },
  {
    rule: 'only libs/outbound opens connections',
    at: ({ isSpec, lib }) => !isSpec && !['outbound', 'testing'].includes(lib),
    pattern: /(?<![\w.$])(globalThis\.)?fetch\(|\bnew WebSocket\(/,
  },
  {
    rule: 'domain/ has no clock, no randomness, no environment',
    at: ({ isSpec, path }) => !isSpec && /\/src\/([^/]+\/)?domain\//.test(path),
    pattern: /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\brandom(UUID|Bytes|Int)\(|\bnewId\(|\bprocess\.env\b|\basync\b/,
  },
];

const IMPORT =
  /\b(?:import|export)\b(?<type>\s+type\b)?(?<names>[^'"`;()=]*?)\bfrom\s*['"](?<from>[^'"]+)['"]|\bimport\s*['"](?<bare>[^'"]+)['"]|\b(?:import|require)\(\s*['"](?<dynamic>[^'"]+)['"]/g;

const WIDEST = 160;
const LONG_PIECE = 60;
const WIDTH = `a line has ${WIDEST} characters at most, unless one string, template part or regular expression that it holds from end to end has over ${LONG_PIECE}`;
/** From left to right: strings, templates, regular expressions (which a division is not) and a comment at the end, whose quotes are none. */
const PIECE =
  /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`|(?<=^\s*|[(,=:[!&|?{};]\s*)\/(?:[^/\\[]|\\.|\[(?:[^\]\\]|\\.)*\])+\/|\/\/.*$/g;

/** Every breach below `root`, as `{ path, line, rule, found }`. */
export function breaches(root) {
  const sources = ['apps', 'libs'].flatMap((kind) => sourcesOf(root, kind));
  return [
    ...sources.flatMap(({ file, text }) => [...importBreaches(file, text), ...textBreaches(file, text)]),
    ...writtenIn(root).flatMap((path) => widthBreaches(path, readFileSync(join(root, path), 'utf8'))),
  ];
}

function sourcesOf(root, kind) {
  if (!existsSync(join(root, kind))) return [];
  return readdirSync(join(root, kind), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)).split(sep).join('/'))
    .filter((path) => /^[^/]+\/[^/]+\/src\//.test(path))
    .map((path) => ({ file: factsOf(path), text: withoutComments(readFileSync(join(root, path), 'utf8')) }));
}

/** All that is written by hand, the tools and specs too. */
function writtenIn(root, folder = '') {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) return /^(\..*|node_modules|dist)$/.test(entry.name) ? [] : writtenIn(root, path);
    return entry.isFile() && /\.(ts|mjs)$/.test(entry.name) ? [path] : [];
  });
}

function factsOf(path) {
  const [kind, name] = path.split('/');
  return {
    path, project: `${kind}/${name}`, lib: kind === 'libs' ? name : undefined,
    isSpec: path.endsWith('.spec.ts') || path.includes('/conformance') || path.includes('/src/scenarios/'),
    isPureFolder: /\/src\/([^/]+\/)?(domain|sources)\//.test(path),
  };
}

/** Line numbers stay; a `//` within a string (a URL) is none. */
function withoutComments(text) {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/(?<=[;{},)\s])\/\/ .*$/gm, '');
}

function importBreaches(file, text) {
  return [...text.matchAll(IMPORT)].flatMap((match) => {
    const { type, names = '', from, bare, dynamic } = match.groups;
    const specifier = from ?? bare ?? dynamic;
    const isRelative = specifier.startsWith('.');
    const target = isRelative ? posix.join(posix.dirname(file.path), specifier) : specifier;
    const seen = { file, target, relative: isRelative, lib: /^@signalbox\/([a-z-]+)/.exec(specifier)?.[1], names, isType: Boolean(type) };
    return importRules.filter(({ at, against }) => at(file) && against(seen)).map(({ rule }) => breach(file, text, match.index, rule, specifier));
  });
}

function textBreaches(file, text) {
  return textRules.filter(({ at }) => at(file)).flatMap(({ rule, pattern }) =>
    [...text.matchAll(new RegExp(pattern, 'g'))].map((match) => breach(file, text, match.index, rule, match[0])));
}

function widthBreaches(path, text) {
  return text.split('\n').flatMap((line, index) =>
    line.length > WIDEST && longestPiece(line) <= LONG_PIECE ? [{ path, line: index + 1, rule: WIDTH, found: `${line.length} characters` }] : []);
}

/** The length of what cannot be broken; nothing in a line that is a comment. */
function longestPiece(line) {
  if (/^\s*(\/\/|\/?\*)/.test(line)) return 0;
  const pieces = [...line.matchAll(PIECE)].filter(([piece]) => !piece.startsWith('//'));
  return Math.max(0, ...pieces.flatMap(([piece]) => piece.slice(1, -1).split(/\$\{.*?\}/)).map((part) => part.length));
}

const breach = (file, text, index, rule, found) => ({ path: file.path, line: text.slice(0, index).split('\n').length, rule, found });

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const root = resolve(process.argv[2] ?? join(fileURLToPath(import.meta.url), '..', '..'));
  const found = breaches(root);
  for (const { path, line, rule, found: what } of found) console.error(`${path}:${line}  ${what}  breaks: ${rule}`);
  console.log(found.length === 0 ? 'fences: all hold' : `fences: ${found.length} broken`);
  process.exitCode = found.length === 0 ? 0 : 1;
}
