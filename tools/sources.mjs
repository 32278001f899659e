// Writes docs/sources.md, the table of what every source's events do, from the registry. With --check it writes nothing and fails when
// the committed one is not what the code says. Run `npm run build` first.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const SEVERITIES = ['critical', 'error', 'warning', 'info'];

const HEAD = `# Sources

What each source takes, what becomes of it, and which key joins what opens and what closes. \
Written from the code by \`npm run sources\`: change [the sources](../apps/ingest/src/sources), not this page.
The types named are what the tool sends. \
JSON is read under every \`Content-Type\`, or none; a form, its parts and a text only where their type is named. \
What can be read in no way is kept as a refused event, and answered with 400.
How a tool is set up stands in the README of its source, and at \`GET /api/v1/integrations/{id}/setup\` with an integration's own address and key.
Where a line names no severity, the table of words below it decides; an integration can override every word.
`;

/** The page as Markdown. `sources`: the registry of ingest. */
export function sourcesPage(sources) {
  return `${[HEAD, ...sources.map(section)].join('\n')}`;
}

function section({ type, displayName, methods, contentTypes, signature, kinds, severities }) {
  const signedBy = code([...new Set(signature.map(({ header }) => header))]);
  const setUp = `[Set up](../apps/ingest/src/sources/${type}/README.md)`;
  return [
    `## ${displayName}`, '',
    `\`${methods.join('`, `')} /api/integrations/${type}\`; ${code(contentTypes)}; signed by ${signedBy}. ${setUp}`,
    '',
    '| event | action | dedup key | severity |', '| --- | --- | --- | --- |',
    ...kinds.map(kindRow),
    '',
    '| severity | words |', '| --- | --- |',
    ...SEVERITIES.flatMap((severity) => wordsOf(severity, severities)), '',
  ].join('\n');
}

function kindRow({ when, action, key, severity }) {
  const joined = key === undefined ? '' : code([cell(key)]);
  const weight = severity ?? (action === 'trigger' ? 'by its word' : '');
  return `| ${cell(when).replaceAll('<', '&lt;')} | ${action} | ${joined} | ${weight} |`;
}

function wordsOf(severity, rows) {
  const words = rows.filter(({ to }) => to === severity).map(({ from }) => (from === '' ? 'none given' : from === '*' ? 'any other' : code([cell(from)])));
  return words.length === 0 ? [] : [`| ${severity} | ${words.join(', ')} |`];
}

const code = (words) => words.map((word) => `\`${word}\``).join(', ');
const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function run(check) {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
  const file = join(root, 'docs', 'sources.md');
  const registry = join(root, 'apps', 'ingest', 'dist', 'sources', 'registry.js');
  if (!existsSync(registry)) throw new Error('ingest is not built: run `npm run build` first');
  const { SOURCES } = createRequire(import.meta.url)(registry);
  const page = sourcesPage(SOURCES);
  if (!check) writeFileSync(file, page);
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== page) {
    throw new Error(`${relative(root, file)} is not what the code says: write it anew (npm run sources) and commit it`);
  }
  console.log(`sources: ${SOURCES.length} sources ${check ? 'agree with' : 'written to'} ${relative(root, file)}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    run(process.argv.includes('--check'));
  } catch (error) {
    console.error(`sources: ${error.message}`);
    process.exitCode = 1;
  }
}
