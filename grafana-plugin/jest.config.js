// dates and times in assertions are UTC wherever the tests run
process.env.TZ = 'UTC';

const scaffolded = require('./.config/jest.config');
const [swc] = Object.values(scaffolded.transform);

module.exports = {
  ...scaffolded,
  // d3-color, which @grafana/ui imports, ships .mjs only
  transform: { '^.+\\.(t|j|mj)sx?$': swc, '^.+\\.mjs$': swc },
  moduleFileExtensions: ['ts', 'tsx', 'js', 'jsx', 'mjs', 'json', 'node'],
  // importing @grafana/ui takes seconds on a small machine
  testTimeout: 30_000,
};
