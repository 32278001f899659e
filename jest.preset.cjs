const path = require('node:path');
const swc = require('./.swcrc.json');

/** One jest preset for every project: swc for speed, sources (not dist) of the libs, so a test never runs stale code. */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['**/src/**/*.spec.ts'],
  setupFiles: [require.resolve('reflect-metadata')],
  transform: { '^.+\\.ts$': ['@swc/jest', { ...swc, module: { type: 'commonjs' }, sourceMaps: 'inline' }] },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^@signalbox/([a-z-]+)$': path.join(__dirname, 'libs/$1/src/index.ts'),
  },
  modulePathIgnorePatterns: ['/dist/'],
};
