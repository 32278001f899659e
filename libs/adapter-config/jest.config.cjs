module.exports = { ...require('../../jest.preset.cjs'), displayName: 'adapter-config', rootDir: __dirname };
