import { render, screen, within } from '@testing-library/react';
import React from 'react';
import type { ViolationDetail } from '../../datasource/api';
import { CHECK, DETAIL } from '../../testing/documents';
import { SidesTable } from './SidesTable';

function show(part: Partial<ViolationDetail> = {}) {
  render(<SidesTable check={CHECK} detail={{ ...DETAIL, ...part }} />);
}

const line = (name: string) => screen.getByRole('row', { name: new RegExp(`^${name} `) });
const lookOf = (name: string) => getComputedStyle(line(name)).backgroundColor;

test('each field stands with its value now and when first seen', () => {
  show();
  const cells = within(line('license_score')).getAllByRole('cell');
  expect(cells[0]).toHaveTextContent('80.1');
  expect(within(line('license_score')).getByRole('img', { name: 'absent' })).toBe(cells[1]?.firstElementChild);
});

test('values that disagree stand out, the key does not', () => {
  show();
  expect(lookOf('progress_score')).toBe(lookOf('license_score'));
  expect(lookOf('progress_score')).not.toBe(lookOf('student_id'));
});

test('values that agree again do not stand out', () => {
  show({ row: { ...DETAIL.row, license_score: '90.5' } });
  expect(lookOf('progress_score')).toBe(lookOf('student_id'));
});

test('a redacted value is marked on both sides of time', () => {
  show({
    row: { ...DETAIL.row, license_score: '[redacted]' },
    first_row: { ...DETAIL.first_row, license_score: '[redacted]' },
  });
  expect(within(line('license_score')).getAllByText('redacted')).toHaveLength(2);
});
