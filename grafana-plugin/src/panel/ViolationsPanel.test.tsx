import { EventBusSrv, type FieldConfigSource, getDefaultTimeRange, LoadingState, type PanelProps } from '@grafana/data';
import { type DataSourceSrv, setDataSourceSrv } from '@grafana/runtime';
import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React from 'react';
import { type Check, ExporterApi, type Violation } from '../datasource/api';
import { statusFrame } from '../datasource/frames/status';
import { CHECK, checkWith, DETAIL, HEALTHY, PENDING, runOf, SOURCE_DOWN, violationOf } from '../testing/documents';
import {
  type FakeProxy,
  PROXY,
  proxyOfGrafana,
  refusal,
  signedInAs,
  variablesOfGrafana,
  withLayout,
} from '../testing/grafana';
import { DEFAULT_OPTIONS, type PanelOptions } from './options';
import { ViolationsPanel } from './ViolationsPanel';

const DATASOURCE = { uid: 'lockstep', type: 'lockstep-consistency-datasource' };
const FIELD_CONFIG: FieldConfigSource = { defaults: {}, overrides: [] };

let proxy: FakeProxy;

function propsOf(check: Check | null, options: Partial<PanelOptions> = {}): PanelProps<PanelOptions> {
  const timeRange = getDefaultTimeRange();
  const targets = [{ refId: 'A', queryType: 'status', check: (check ?? CHECK).name, datasource: DATASOURCE }];
  const request = { requestId: 'Q1', interval: '1m', intervalMs: 60_000, range: timeRange, scopedVars: {}, targets };
  return {
    ...{ id: 1, title: 'Violations', transparent: false, renderCounter: 0, width: 900, height: 600 },
    ...{ timeRange, timeZone: 'utc', fieldConfig: FIELD_CONFIG, eventBus: new EventBusSrv() },
    options: { ...DEFAULT_OPTIONS, ...options },
    data: {
      state: check === null ? LoadingState.Error : LoadingState.Done,
      series: check === null ? [] : [statusFrame('A', check)],
      timeRange,
      request: { ...request, app: 'dashboard', timezone: 'utc', startTime: 1 },
      ...(check === null ? { errors: [{ message: 'failed' }] } : {}),
    },
    onOptionsChange: jest.fn(),
    onFieldConfigChange: jest.fn(),
    onChangeTimeRange: jest.fn(),
    replaceVariables: (text) => text,
  };
}

function show(check: Check | null, options: Partial<PanelOptions> = {}) {
  return render(<ViolationsPanel {...propsOf(check, options)} />);
}

function rowsAre(...rows: Violation[]): void {
  proxy.answer('GET rows/violations', { rows, next_cursor: null, total: rows.length, capped: false });
}

const rowCalls = () => proxy.asked.filter((asked) => !/^GET (numbers\/|about$)/.test(asked));
const runButton = () => screen.findByRole('button', { name: 'Run check now' });

beforeEach(() => {
  withLayout();
  proxy = proxyOfGrafana();
  variablesOfGrafana({});
  signedInAs('Editor');
  rowsAre(violationOf(1), violationOf(2));
  const get = () => Promise.resolve({ ...DATASOURCE, api: new ExporterApi(PROXY) });
  setDataSourceSrv({ get } as unknown as DataSourceSrv);
});

test('an Editor sees state, numbers and rows', async () => {
  show(CHECK);
  expect(await screen.findByText('course-1')).toBeVisible();
  expect(screen.getByText('course-2')).toBeVisible();
  expect(screen.getByRole('meter', { name: `Consistency of ${CHECK.name}` })).toHaveAttribute(
    'aria-valuetext',
    '97.66 %'
  );
  expect(screen.getByText('Degraded')).toBeVisible();
  expect(screen.getByText('Open violations').nextElementSibling).toHaveTextContent('28');
  expect(screen.getAllByText('−10.4')).toHaveLength(2);
  expect(screen.getByText('1–2 of 2')).toBeVisible();
});

test('a Viewer sees the numbers, no row is asked for, and the run is barred with the reason', async () => {
  signedInAs('Viewer');
  show(CHECK);
  const button = await runButton();
  expect(button).toHaveAttribute('aria-disabled', 'true');
  expect(screen.getByText('Open violations').nextElementSibling).toHaveTextContent('28');
  expect(screen.getByText(/Rows need the role Editor/)).toBeVisible();
  expect(screen.queryByText('course-1')).not.toBeInTheDocument();
  await userEvent.click(button);
  expect(proxy.asked).toEqual([]);
});

test('a value is text, whatever it looks like', async () => {
  const markup = '<img src=x onerror="document.title=1"><b>bold</b>';
  rowsAre(violationOf(1, { row: { ...violationOf(1).row, course_id: markup, license_score: null } }));
  const { container } = show(CHECK);
  expect(await screen.findByText(markup)).toBeVisible();
  expect(container.querySelector('img[src="x"], td b')).toBeNull();
  expect(screen.getByRole('img', { name: 'absent' })).toHaveTextContent('–');
});

test('a redacted value is marked, not shown as a value', async () => {
  rowsAre(violationOf(1, { row: { ...violationOf(1).row, course_id: '[redacted]' } }));
  show(CHECK);
  expect(await screen.findByText('redacted')).toBeVisible();
  expect(screen.queryByText('[redacted]')).not.toBeInTheDocument();
});

test('while the source is down the last numbers are shown as held, with the reason', async () => {
  show(SOURCE_DOWN);
  expect(await screen.findByText('held since 2026-03-01 10:05:00')).toBeVisible();
  expect(
    screen.getByText('The source cannot be looked at. The numbers are those of 2026-03-01 10:05:00.')
  ).toBeVisible();
  expect(screen.getByText('licenses: connection refused')).toBeVisible();
  expect(screen.getByText('Open violations').nextElementSibling).toHaveTextContent('28');
});

test('before the first run nothing is claimed', async () => {
  rowsAre();
  show(PENDING);
  expect(await screen.findByText('The first run of this check is still to come.')).toBeVisible();
  expect(screen.getByText('Unknown')).toBeVisible();
  expect(screen.getByRole('meter')).toHaveAttribute('aria-valuetext', 'not known yet');
  expect(screen.queryByText(/Nothing wrong/)).not.toBeInTheDocument();
});

test('nothing wrong is said in words', async () => {
  rowsAre();
  show(HEALTHY);
  expect(await screen.findByText('Nothing wrong: 800 checked at 2026-03-01 10:05:00.')).toBeVisible();
  expect(screen.getByRole('meter')).toHaveAttribute('aria-valuetext', '100.00 %');
  expect(await screen.findByText('No violation')).toBeVisible();
  expect(screen.queryByText(/matches the filter/)).not.toBeInTheDocument();
});

test('a refused token says where to enter another', async () => {
  proxy.answer(`GET rows/checks/${CHECK.name}`, () => {
    throw refusal(400, { status: 401, title: 'Unauthorized', detail: 'No such token.' });
  });
  show(null);
  expect(await screen.findByText('The exporter refuses the token')).toBeVisible();
  expect(screen.getByText(/Enter a valid token in the settings/)).toBeVisible();
  expect(screen.queryByRole('meter')).not.toBeInTheDocument();
});

test('a check that the exporter does not know is told, with the nearest name', async () => {
  const detail = `There is no check "${CHECK.name}". Did you mean "progress"?`;
  proxy.answer(`GET rows/checks/${CHECK.name}`, () => {
    throw refusal(404, { status: 404, detail, suggestion: 'progress' });
  });
  show(null);
  expect(await screen.findByText('The exporter does not know this check')).toBeVisible();
  expect(screen.getByText(detail)).toBeVisible();
});

test('an exporter that does not answer is told, and the rows are not asked for without a check', async () => {
  proxy.answer(`GET rows/checks/${CHECK.name}`, () => {
    throw refusal(502);
  });
  show(null);
  expect(await screen.findByText('The exporter does not answer')).toBeVisible();
  expect(proxy.asked).toEqual([`GET rows/checks/${CHECK.name}`]);
});

test('rows that cannot be read are told, and the numbers stay', async () => {
  proxy.answer('GET rows/violations', () => {
    throw refusal(403, { detail: 'The token is a viewer’s.' });
  });
  show(CHECK);
  expect(await screen.findByText('The token is a viewer’s.')).toBeVisible();
  expect(screen.getByText('Open violations').nextElementSibling).toHaveTextContent('28');
});

test('a run on demand tells what came of it, and the numbers and rows are read again', async () => {
  proxy.answer(`POST actions/checks/${CHECK.name}/run`, { run_id: 'r9', check: CHECK.name, location: '' });
  proxy.answer('GET numbers/runs/r9', runOf('r9', '2026-03-01T10:07:00.000Z', { result: CHECK.result }));
  const after = checkWith({ last_attempt: '2026-03-01T10:07:01.000Z', description: 'after the run' });
  proxy.answer(`GET rows/checks/${CHECK.name}`, after);
  show(CHECK);
  await screen.findByText('course-1');
  rowsAre(violationOf(3));
  await userEvent.click(await runButton());
  expect(await screen.findByText('28 of 1200 violate it in 1 s.')).toBeVisible();
  expect(await screen.findByText('after the run')).toBeVisible();
  expect(await screen.findByText('course-3')).toBeVisible();
  expect(screen.queryByText('course-1')).not.toBeInTheDocument();
});

test('a search is the exporter’s', async () => {
  show(CHECK);
  await screen.findByText('course-1');
  rowsAre();
  await userEvent.type(screen.getByPlaceholderText('Search keys'), 'abc');
  expect(await screen.findByText('No violation matches the filter.')).toBeVisible();
  const searches = rowCalls().flatMap((asked) => asked.match(/(?<=search=)\w+/) ?? []);
  expect(searches.at(-1)).toBe('abc');
});

test('a header sorts through the exporter', async () => {
  show(CHECK);
  await screen.findByText('course-1');
  const header = screen.getByRole('columnheader', { name: /license_score/ });
  await userEvent.click(within(header).getByRole('button'));
  await waitFor(() => expect(rowCalls().at(-1)).toContain('sort=right&order=asc'));
});

test('one violation’s life is shown on demand', async () => {
  proxy.answer('GET rows/violations/v1', DETAIL);
  show(CHECK);
  await userEvent.click(await screen.findByRole('button', { name: 'Details of 1 / course-1' }));
  const drawer = await screen.findByRole('dialog');
  expect(await within(drawer).findByText('Opened')).toBeVisible();
  expect(within(drawer).getByText('There is no row now.')).toBeVisible();
});

test('without the table no row is asked for, not even for an Editor', async () => {
  show(CHECK, { sections: ['status', 'numbers'] });
  expect(await runButton()).toBeVisible();
  expect(rowCalls()).toEqual([]);
});

test('a panel without a query says what to add', async () => {
  const props = propsOf(null);
  render(<ViolationsPanel {...props} data={{ ...props.data, request: undefined, errors: [] }} />);
  expect(await screen.findByText(/Add a query “Status”/)).toBeVisible();
});

test('a panel on another kind of data source says so', async () => {
  setDataSourceSrv({ get: () => Promise.resolve({ uid: 'prometheus' }) } as unknown as DataSourceSrv);
  show(CHECK);
  expect(await screen.findByText('The data source of this panel cannot be loaded.')).toBeVisible();
});

test('rows are selected one by one or by the page, marked with a reason, and read again', async () => {
  proxy.answer('POST actions/violations/known', { marked: 2, skipped: [{ id: 'v9', reason: 'it is resolved' }] });
  proxy.answer(`GET rows/checks/${CHECK.name}`, checkWith({ known: { mismatch: 2 } }));
  show(CHECK);
  await userEvent.click(await screen.findByRole('checkbox', { name: 'Select every row of this page' }));
  expect(screen.getByText('2 selected')).toBeVisible();
  await userEvent.click(screen.getByRole('checkbox', { name: 'Select 1 / course-1' }));
  expect(screen.getByText('1 selected')).toBeVisible();
  await userEvent.click(screen.getByRole('checkbox', { name: 'Select 1 / course-1' }));
  const read = () => proxy.asked.filter((asked) => asked.startsWith('GET rows/violations?')).length;
  const before = read();
  await userEvent.click(screen.getByRole('button', { name: 'Mark as known …' }));
  await userEvent.type(screen.getByLabelText(/^Reason/), 'late import');
  await userEvent.click(screen.getByRole('button', { name: 'Mark as known' }));
  expect(await screen.findByText('2 marked as known. 1 skipped: it is resolved.')).toBeVisible();
  expect(proxy.requests.find(({ method }) => method === 'POST')?.data).toMatchObject({
    ids: ['v2', 'v1'],
    as_of: '2026-03-01T10:05:00.000Z',
  });
  await waitFor(() => expect(read()).toBeGreaterThan(before));
  expect(screen.queryByText('2 selected')).not.toBeInTheDocument();
  await waitFor(() => expect(screen.getByText('Known', { selector: 'dt' }).nextElementSibling).toHaveTextContent('2'));
  expect(screen.getByText('Open violations').nextElementSibling).toHaveTextContent('26');
});

test('known rows are listed when asked for, and say why', async () => {
  const known = {
    ...{ reason: 'late import', ticket: null, by: 'ada', at: '2026-03-01T10:00:00.000Z' },
    ...{ expires_at: null, from: 'api' as const },
  };
  rowsAre(violationOf(1, { state: 'known', known }));
  show(CHECK);
  await userEvent.click(await screen.findByRole('radio', { name: 'Known' }));
  await waitFor(() => expect(proxy.asked.at(-1)).toContain('state=known'));
  await userEvent.hover(screen.getByText('known'));
  expect(await screen.findByText('late import (ada, 2026-03-01 10:00:00, without an end)')).toBeVisible();
});
