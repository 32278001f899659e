module.exports = { ...require('../../jest.preset.cjs'), displayName: 'delivery-policy', rootDir: __dirname };
