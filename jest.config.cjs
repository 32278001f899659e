const { existsSync, readdirSync } = require('node:fs');
const path = require('node:path');

/** Unit tests of every app and lib in one run; `*.int.spec.ts` and e2e have configs of their own. */
const projects = ['apps', 'libs'].flatMap((kind) => readdirSync(path.join(__dirname, kind)).map((name) => path.join(__dirname, kind, name)));

module.exports = { projects: [...projects.filter((dir) => existsSync(path.join(dir, 'jest.config.cjs'))), path.join(__dirname, 'tools'), path.join(__dirname, 'chaos')] };
