import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React from 'react';
import { ExporterApi } from '../../datasource/api';
import { BASELINE, CHECK, COMPARISON } from '../../testing/documents';
import { type FakeProxy, PROXY, proxyOfGrafana, refusal, withLayout } from '../../testing/grafana';
import { BaselineDrawer } from './BaselineDrawer';

let proxy: FakeProxy;
const changed = jest.fn();
const closed = jest.fn();

function show() {
  const api = new ExporterApi(PROXY);
  render(<BaselineDrawer {...{ api, check: CHECK, version: 1 }} timeZone="utc" onChanged={changed} onClose={closed} />);
}

beforeEach(() => {
  withLayout();
  changed.mockClear();
  proxy = proxyOfGrafana();
  proxy.answer('GET numbers/baselines', { baselines: [BASELINE] });
  proxy.answer('GET rows/baselines/b1/comparison', COMPARISON);
});

test('the drift since the current baseline is told in points, with what is new, resolved and still there', async () => {
  show();
  expect(await screen.findByText('−0.67 points')).toBeVisible();
  expect(screen.getByText('Then (2026-02-28 08:55:00)').nextElementSibling).toHaveTextContent('98.33 %');
  expect(screen.getByText('Now (2026-03-01 10:05:00)').nextElementSibling).toHaveTextContent('97.66 %');
  expect(screen.getByText('New: 120 · mismatch 110 · missing 10')).toBeVisible();
  expect(screen.getByText('Resolved: 0')).toBeVisible();
  expect(screen.getByText('Still there: 1 · mismatch 1')).toBeVisible();
  await userEvent.click(screen.getByText(/^New: 120/));
  expect(screen.getByText('course-2')).toBeVisible();
  expect(screen.getByText('2 of 120 are listed.')).toBeVisible();
});

test('numbers that are held, and lists that are cut, say so', async () => {
  proxy.answer('GET rows/baselines/b1/comparison', {
    ...{ ...COMPARISON, capped: true },
    now: { ...COMPARISON.now, held: true },
  });
  show();
  expect(await screen.findByText(/The numbers are those of 2026-03-01 10:05:00/)).toBeVisible();
  expect(screen.getByText(/the lists are not complete/)).toBeVisible();
});

test('the newest run is remembered under a name, which then is what is compared with', async () => {
  proxy.answer('GET numbers/baselines', { baselines: [] });
  proxy.answer('POST actions/baselines', BASELINE);
  show();
  expect(await screen.findByText('No run of this check is remembered yet.')).toBeVisible();
  const create = screen.getByRole('button', { name: 'Remember' });
  expect(create).toBeDisabled();
  await userEvent.type(screen.getByLabelText(/^Name/), '  before the release ');
  await userEvent.type(screen.getByLabelText(/^Note/), 'as agreed');
  await userEvent.click(create);
  expect(await screen.findByText('“before the release” is the baseline from now on.')).toBeVisible();
  expect(proxy.requests.find(({ method }) => method === 'POST')?.data).toEqual({
    ...{ check: CHECK.name, name: 'before the release', note: 'as agreed' },
  });
  expect(changed).toHaveBeenCalledTimes(1);
});

test('what the exporter refuses is said in its words, and what was typed stays', async () => {
  proxy.answer('POST actions/baselines', () => {
    throw refusal(409, { detail: 'The numbers are held: the newest run could not look.' });
  });
  show();
  await userEvent.type(await screen.findByLabelText(/^Name/), 'x');
  await userEvent.click(screen.getByRole('button', { name: 'Remember' }));
  await waitFor(() => expect(screen.getByRole('status')).toHaveTextContent(/The numbers are held/));
  expect(screen.getByLabelText(/^Name/)).toHaveValue('x');
  expect(changed).not.toHaveBeenCalled();
});

test('a comparison that cannot be made says why', async () => {
  proxy.answer('GET rows/baselines/b1/comparison', () => {
    throw refusal(409, { detail: 'There is no run to compare with yet. Run the check first.' });
  });
  show();
  expect(await screen.findByText('The comparison cannot be made')).toBeVisible();
  expect(screen.getByText(/Run the check first/)).toBeVisible();
});
