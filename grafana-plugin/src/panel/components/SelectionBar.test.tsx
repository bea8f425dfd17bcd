import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React from 'react';
import type { ActState } from '../hooks/useAct';
import { SelectionBar } from './SelectionBar';

const AS_OF = '2026-01-01T00:00:00.000Z';
const mark = jest.fn();
const unmark = jest.fn();
const clear = jest.fn();
const repair = jest.fn();

function show(selected: string[], state: ActState = { step: 'idle' }, onRepair: (() => void) | null = null) {
  render(<SelectionBar {...{ selected, onRepair }} asOf={AS_OF} marking={{ state, mark, unmark }} onClear={clear} />);
}

const button = (name: string) => screen.getByRole('button', { name });

beforeEach(() => [mark, unmark, clear].forEach((one) => one.mockClear()));

test('it asks for nothing while nothing is selected, and still says what came of the last time', () => {
  show([], { step: 'done', text: '2 marked as known.' });
  expect(screen.queryByRole('button')).not.toBeInTheDocument();
  expect(screen.getByRole('status')).toHaveTextContent('2 marked as known.');
});

test('a mark needs a reason, and takes a ticket and an expiry along', async () => {
  show(['v1', 'v2']);
  await userEvent.click(button('Mark as known …'));
  expect(screen.getByText('Accept 2 violations for a while')).toBeVisible();
  expect(button('Mark as known')).toBeDisabled();
  await userEvent.type(screen.getByLabelText(/^Reason/), '  late import ');
  await userEvent.type(screen.getByLabelText(/^Ticket/), 'javascript:alert(1)');
  expect(button('Mark as known')).toBeDisabled();
  await userEvent.clear(screen.getByLabelText(/^Ticket/));
  await userEvent.type(screen.getByLabelText(/^Ticket/), 'https://tickets.example.org/7');
  await userEvent.click(screen.getByRole('radio', { name: 'in 7 days' }));
  const before = Date.now();
  await userEvent.click(button('Mark as known'));
  const [[request]] = mark.mock.calls;
  expect(request).toMatchObject({ ids: ['v1', 'v2'], reason: 'late import', ticket: 'https://tickets.example.org/7' });
  const days = (Date.parse(request.expires_at) - before) / 86_400_000;
  expect(days).toBeCloseTo(7, 3);
  expect(screen.queryByText('Accept 2 violations for a while')).not.toBeInTheDocument();
});

test('a mark may be without an end', async () => {
  show(['v1']);
  await userEvent.click(button('Mark as known …'));
  await userEvent.type(screen.getByLabelText(/^Reason/), 'x');
  await userEvent.click(screen.getByRole('radio', { name: 'never' }));
  await userEvent.click(button('Mark as known'));
  expect(mark).toHaveBeenCalledWith({ ids: ['v1'], as_of: AS_OF, reason: 'x' });
});

test('marks are taken back, and the selection is cleared, at a click', async () => {
  show(['v1']);
  await userEvent.click(button('Take mark back'));
  expect(unmark).toHaveBeenCalledWith(['v1']);
  await userEvent.click(button('Clear selection'));
  expect(clear).toHaveBeenCalledTimes(1);
});

test('what the exporter refuses is said in its words', () => {
  show(['v1'], { step: 'failed', reason: 'This needs the role "admin"; the token has "viewer".' });
  expect(screen.getByRole('status')).toHaveTextContent(
    'The exporter refused: This needs the role "admin"; the token has "viewer".'
  );
});

test('a repair is previewed where it may be, and not offered elsewhere', async () => {
  show(['v1']);
  expect(screen.queryByRole('button', { name: 'Preview repair' })).not.toBeInTheDocument();
  show(['v1'], { step: 'idle' }, repair);
  await userEvent.click(button('Preview repair'));
  expect(repair).toHaveBeenCalledTimes(1);
});
