import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React from 'react';
import type { RunState } from '../hooks/useRun';
import { CHECK, runOf } from '../../testing/documents';
import { RunButton } from './RunButton';

const run = runOf('r1', '2026-03-01T10:00:00.000Z');
const started = jest.fn();

function show(state: RunState, allowed = true) {
  render(<RunButton allowed={allowed} state={state} onRun={started} />);
}

const button = () => screen.getByRole('button', { name: 'Run check now' });

beforeEach(() => started.mockClear());

test('it runs the check', async () => {
  show({ step: 'idle' });
  await userEvent.click(button());
  expect(started).toHaveBeenCalledTimes(1);
});

test('it does not run it twice at once', async () => {
  show({ step: 'running', seconds: 3 });
  await userEvent.click(button());
  expect(started).not.toHaveBeenCalled();
  expect(screen.getByRole('status')).toHaveTextContent('Running for 3 s …');
});

test('who may not run it is told why by the button itself', async () => {
  show({ step: 'idle' }, false);
  await userEvent.hover(button());
  expect(await screen.findByText('Running a check needs the role Editor in Grafana')).toBeVisible();
  await userEvent.click(button());
  expect(started).not.toHaveBeenCalled();
});

test.each<[string, RunState]>([
  ['28 of 1200 violate it in 1 s.', { step: 'finished', run }],
  [
    'Nothing wrong among 1200 in 1 s.',
    {
      step: 'finished',
      run: { ...run, outcome: 'pass', result: CHECK.result && { ...CHECK.result, inconsistent: 0 } },
    },
  ],
  ['It could not look in 1 s.', { step: 'finished', run: { ...run, outcome: 'error', result: null } }],
  ['The check could not be run: no such check', { step: 'failed', reason: 'no such check' }],
])('what came of it is said: %s', (text, state) => {
  show(state);
  expect(screen.getByRole('status')).toHaveTextContent(text);
});
