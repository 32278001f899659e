const path = require('node:path');
const swc = require('./.swcrc.json');

/** One jest preset for every project: swc for speed, sources (not dist) of the libs, so a test never runs stale code.
 * Tools (.mjs) are compiled too: jest cannot require an ES module. */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['**/src/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '\\.int\\.spec\\.ts$'], // those need servers: jest.integration.cjs
  setupFiles: [require.resolve('reflect-metadata')],
  transform: { '^.+\\.(ts|mjs)$': ['@swc/jest', { ...swc, module: { type: 'commonjs' }, sourceMaps: 'inline' }] },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^@signalbox/([a-z-]+)$': path.join(__dirname, 'libs/$1/src/index.ts'),
  },
  modulePathIgnorePatterns: ['/dist/'],
};
