import type { Violation } from '../../datasource/api';
import { expiresAt, isLink, knownText, skippedText } from './known';

const KNOWN: NonNullable<Violation['known']> = {
  ...{ reason: 'late import', ticket: null, by: 'ada', at: '2026-03-01T10:00:00.000Z' },
  ...{ expires_at: null, from: 'api' },
};

test('why, by whom, since when and until when', () => {
  expect(knownText(KNOWN, 'utc')).toBe('late import (ada, 2026-03-01 10:00:00, without an end)');
  expect(knownText({ ...KNOWN, from: 'config', expires_at: '2026-04-01T00:00:00.000Z' }, 'utc')).toBe(
    'late import (from the configuration file, 2026-03-01 10:00:00, until 2026-04-01 00:00:00)'
  );
});

test('an expiry is so many days from now, or never', () => {
  expect(expiresAt(7, Date.UTC(2026, 2, 1))).toBe('2026-03-08T00:00:00.000Z');
  expect(expiresAt(0, Date.UTC(2026, 2, 1))).toBeUndefined();
});

test.each([
  ['https://tickets.example.org/7', true],
  ['http://x', true],
  ['javascript:alert(1)', false],
  ['tickets.example.org', false],
  ['https://a b', false],
])('%s is a link: %s', (text, link) => expect(isLink(text)).toBe(link));

test('reasons are told once, each with its number', () => {
  const skipped = [
    { id: '1', reason: 'it is resolved' },
    { id: '2', reason: 'it is resolved' },
    { id: '3', reason: 'there is no such violation' },
  ];
  expect(skippedText(skipped)).toBe(' 2 skipped: it is resolved. 1 skipped: there is no such violation.');
  expect(skippedText([])).toBe('');
});
