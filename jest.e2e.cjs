/** The product as separate processes (tools/system.mjs), seen only through its ports; started once for all files. */
module.exports = {
  ...require('./jest.preset.cjs'),
  displayName: 'e2e',
  rootDir: __dirname,
  testMatch: ['<rootDir>/e2e/**/*.e2e.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  testTimeout: 120_000,
  maxWorkers: 1, // they share one system, and some of them kill its parts
  globalSetup: './e2e/support/global-setup.mjs',
  globalTeardown: './e2e/support/global-teardown.mjs',
};
