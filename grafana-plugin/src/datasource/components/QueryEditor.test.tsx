import { fireEvent, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React from 'react';
import { CHECK, HEALTHY } from '../../testing/documents';
import { type FakeProxy, PROXY, proxyOfGrafana, refusal, withLayout } from '../../testing/grafana';
import { ExporterApi } from '../api';
import type { LockstepDataSource } from '../datasource';
import { type LockstepQuery, QUERY_TYPES } from '../query';
import { QueryEditor } from './QueryEditor';

let proxy: FakeProxy;
const changed = jest.fn<void, [LockstepQuery]>();
const ran = jest.fn();

async function show(part: Partial<LockstepQuery> = {}) {
  const datasource = { api: new ExporterApi(PROXY) } as LockstepDataSource;
  const query = { refId: 'A', queryType: 'status' as const, ...part };
  render(<QueryEditor datasource={datasource} query={query} onChange={changed} onRunQuery={ran} />);
  await waitFor(() => expect(proxy.asked).toHaveLength(1));
}

const field = (name: string) => screen.getByRole('combobox', { name });

async function enter(name: string, text: string) {
  await userEvent.click(field(name));
  await userEvent.keyboard(`${text}{Enter}`);
}

/** Where anything may be typed, what was typed comes first and what was found second. */
const choose = (name: string, text: string) => enter(name, `${text}{ArrowDown}`);

beforeEach(() => {
  withLayout();
  changed.mockClear();
  ran.mockClear();
  proxy = proxyOfGrafana();
  proxy.answer('GET numbers/checks', { checks: [CHECK, HEALTHY] });
});

test.each(QUERY_TYPES)('%s asks for what it needs and for nothing else', async (queryType) => {
  await show({ queryType });
  const shown = (label: string) => screen.queryByLabelText(label) !== null;
  expect(shown('Check')).toBe(['status', 'violations', 'history', 'runs'].includes(queryType));
  expect(shown('Search')).toBe(queryType === 'violations');
  expect(shown('Violation')).toBe(queryType === 'violation');
});

test('another kind of query is asked at once', async () => {
  await show({ check: CHECK.name });
  await enter('Show', 'Jobs');
  expect(changed.mock.lastCall?.[0]).toMatchObject({ queryType: 'jobs', check: CHECK.name });
  expect(ran).toHaveBeenCalledTimes(1);
});

test('a part of its name finds a check that the exporter has', async () => {
  await show();
  await choose('Check', 'invoices');
  expect(changed.mock.lastCall?.[0].check).toBe(HEALTHY.name);
});

test('a template variable is taken as a check', async () => {
  await show();
  await enter('Check', '$check');
  expect(changed.mock.lastCall?.[0].check).toBe('$check');
});

test('without an exporter a check can still be typed', async () => {
  proxy.answer('GET numbers/checks', () => {
    throw refusal(502);
  });
  await show();
  await enter('Check', 'orders');
  expect(changed.mock.lastCall?.[0].check).toBe('orders');
});

test('the kinds to choose from are those of the check', async () => {
  await show({ queryType: 'violations', check: CHECK.name });
  await choose('Kinds', 'orph{ArrowDown}');
  expect(changed.mock.lastCall?.[0].kinds).toEqual(['orphan']);
});

test('a search is asked when it is entered, not at each letter', async () => {
  await show({ queryType: 'violations' });
  await userEvent.type(screen.getByLabelText('Search'), 'COACH');
  expect(ran).not.toHaveBeenCalled();
  await userEvent.tab();
  expect(changed.mock.lastCall?.[0].search).toBe('COACH');
});

test.each([
  ['0', 1],
  ['20000', 10_000],
  ['', undefined],
])('a limit of "%s" is taken as %s', async (text, limit) => {
  await show({ queryType: 'violations' });
  const input = screen.getByLabelText('Limit');
  fireEvent.change(input, { target: { value: text } });
  fireEvent.blur(input);
  expect(changed.mock.lastCall?.[0].limit).toBe(limit);
});

test('an annotation chooses events instead of a kind of query', async () => {
  await show({ queryType: 'runs', events: ['status_changes'] });
  expect(screen.queryByLabelText('Show')).not.toBeInTheDocument();
  await choose('Events', 'could not look');
  expect(changed.mock.lastCall?.[0].events).toEqual(['status_changes', 'failed_runs']);
});
