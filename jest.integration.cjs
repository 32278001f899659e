/** Tests that need a real Postgres or NATS: one Postgres for the run, a database for each spec file (libs/testing). */
module.exports = {
  ...require('./jest.preset.cjs'),
  displayName: 'integration',
  rootDir: __dirname,
  testMatch: ['<rootDir>/{apps,libs}/*/src/**/*.int.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  testTimeout: 30_000,
  workerIdleMemoryLimit: '400MB', // a worker of its own, begun anew when it has grown: the last specs ran three times as slowly as the first
  maxWorkers: 1, // roles belong to the whole Postgres server: two migrations at once would race for them
  globalSetup: './libs/testing/global-setup.mjs',
  globalTeardown: './libs/testing/global-teardown.mjs',
};
