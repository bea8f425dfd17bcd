import { canonicalDocument } from './document.ts';

test.each([
  ['{"a": 1.0, "b": [2.50, -0.10]}', '{"a": 1, "b": [2.5, -0.1]}'],
  ['10', '10'],
  ['100.00', '100'],
  ['1.05', '1.05'],
  ['{"1.0": "2.50"}', '{"1.0": "2.50"}'],
  ['["\\"1.0", 1.0]', '["\\"1.0", 1]'],
  ['["\\\\", 1.0, "x 3.0"]', '["\\\\", 1, "x 3.0"]'],
])('%s is %s', (json, canonical) => {
  expect(canonicalDocument(json)).toBe(canonical);
});
