// Compiles projects with swc, each to its own dist/ (one file in, one file out; nothing is bundled).
// Usage: node tools/build.mjs [projectRoot ...]   without arguments: every app and lib.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync, existsSync, cpSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const options = JSON.parse(readFileSync(join(root, '.swcrc.json'), 'utf8'));

const named = process.argv.slice(2);
const projects = named.length > 0 ? named.map((p) => resolve(p)) : everyProject();
const started = Date.now();
const count = projects.reduce((sum, project) => sum + build(project), 0);
if (named.length === 0) console.log(`built ${count} files of ${projects.length} projects in ${Date.now() - started} ms`);

function everyProject() {
  return ['libs', 'apps'].flatMap((kind) =>
    readdirSync(join(root, kind)).map((name) => join(root, kind, name)).filter((dir) => existsSync(join(dir, 'src'))),
  );
}

function build(project) {
  const src = join(project, 'src');
  const dist = join(project, 'dist');
  rmSync(dist, { recursive: true, force: true });
  let files = 0;
  for (const file of readdirSync(src, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const from = join(file.parentPath ?? file.path, file.name);
    const to = join(dist, relative(src, from));
    if (/\/src\/scenarios\//.test(from)) continue;
    mkdirSync(dirname(to), { recursive: true });
    if (/\.spec\.ts$|\.d\.ts$/.test(file.name)) continue;
    if (!file.name.endsWith('.ts')) {
      cpSync(from, to);
      continue;
    }
    const { code, map } = transformSync(readFileSync(from, 'utf8'), {
      ...options, filename: from, module: { type: 'commonjs' }, sourceMaps: true,
    });
    const js = to.replace(/\.ts$/, '.js');
    writeFileSync(js, `${code}\n//# sourceMappingURL=${file.name.replace(/\.ts$/, '.js.map')}\n`);
    writeFileSync(`${js}.map`, map);
    files += 1;
  }
  return files;
}
