import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React from 'react';
import { CHECK, HEALTHY } from '../../testing/documents';
import { PROXY, proxyOfGrafana, withLayout } from '../../testing/grafana';
import { ExporterApi } from '../api';
import type { LockstepDataSource } from '../datasource';
import type { LockstepQuery, LockstepVariableQuery } from '../query';
import { VariableQueryEditor } from './VariableQueryEditor';

const changed = jest.fn<void, [LockstepVariableQuery]>();

async function show(part: Partial<LockstepVariableQuery> = {}) {
  const proxy = proxyOfGrafana();
  proxy.answer('GET numbers/checks', { checks: [CHECK, HEALTHY] });
  const datasource = { api: new ExporterApi(PROXY) } as LockstepDataSource;
  const query = { refId: '', ...part } as LockstepVariableQuery & LockstepQuery;
  render(<VariableQueryEditor datasource={datasource} query={query} onChange={changed} onRunQuery={jest.fn()} />);
  await waitFor(() => expect(proxy.asked).toHaveLength(1));
}

/** What was typed comes first, what was found second. */
async function choose(name: string, text: string) {
  const field = screen.getByRole('combobox', { name });
  await userEvent.click(field);
  await userEvent.keyboard(`${text}{ArrowDown}{Enter}`);
}

beforeEach(() => {
  withLayout();
  changed.mockClear();
});

test('the names of checks need nothing more', async () => {
  await show({ values: 'checks' });
  expect(screen.getAllByRole('combobox')).toHaveLength(1);
});

test('the kinds of one check are chosen with it', async () => {
  await show({ values: 'kinds' });
  await choose('Check', 'progress');
  expect(changed.mock.lastCall?.[0]).toMatchObject({ refId: 'A', values: 'kinds', check: CHECK.name });
});

test('a key field is one of the check’s', async () => {
  await show({ values: 'field', check: CHECK.name });
  await choose('Key field', 'course');
  expect(changed.mock.lastCall?.[0]).toMatchObject({ values: 'field', check: CHECK.name, field: 'course_id' });
});
