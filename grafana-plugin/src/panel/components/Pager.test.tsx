import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React from 'react';
import type { Violations } from '../hooks/useViolations';
import { violationOf } from '../../testing/documents';
import { Pager } from './Pager';

const turns = { first: jest.fn(), next: jest.fn(), previous: jest.fn() };

function show(at: number, next_cursor: string | null, total = 5) {
  const rows = [violationOf(1), violationOf(2)].slice(0, total);
  const page = { rows, next_cursor, total, capped: false } as Violations['page'];
  render(<Pager pageSize={2} violations={{ page, at, loading: false, failure: null, ...turns }} />);
}

const disabled = () => screen.getAllByRole<HTMLButtonElement>('button').map((button) => button.disabled);

test('on the first page only the next is open', async () => {
  show(0, 'c1');
  expect(screen.getByRole('status')).toHaveTextContent('1–2 of 5');
  expect(disabled()).toEqual([true, true, false]);
  await userEvent.click(screen.getByRole('button', { name: 'Next page' }));
  expect(turns.next).toHaveBeenCalledTimes(1);
});

test('on the last page only the way back is open', async () => {
  show(1, null);
  expect(screen.getByRole('status')).toHaveTextContent('3–4 of 5');
  expect(disabled()).toEqual([false, false, true]);
  await userEvent.click(screen.getByRole('button', { name: 'Previous page' }));
  await userEvent.click(screen.getByRole('button', { name: 'First page' }));
  expect([turns.previous.mock.calls.length, turns.first.mock.calls.length]).toEqual([1, 1]);
});

test('an empty list is no page 1 to 0', () => {
  show(0, null, 0);
  expect(screen.getByRole('status')).toHaveTextContent('No violation');
  expect(disabled()).toEqual([true, true, true]);
});
