import { act, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React from 'react';
import { ExporterApi } from '../../datasource/api';
import { appliedOf, MENDED, planOf, planRowOf } from '../../testing/documents';
import { type FakeProxy, PROXY, proxyOfGrafana, refusal, withLayout } from '../../testing/grafana';
import { useRepairs } from '../hooks/useRepairs';
import { RepairDrawer } from './RepairDrawer';

const PLANS = 'repairs/sync/plans';
const SKIPPED = planRowOf(2, {
  ...{ action: null, side: null, table: null, before: null, other: null, after: null, statements: [] },
  ...{ outcome: 'skipped', reason: 'The configuration skips this kind.' },
});
const PLAN = planOf([planRowOf(1), SKIPPED]);
const ALL_OF_THEM = { left_out: { no_room: 0, unmendable: 0 } };
const DONE = appliedOf([planRowOf(1, { outcome: 'written', inverse: { text: 'UPDATE back', values: [] } }), SKIPPED]);
const ONE = `${PLANS}/${PLAN.id}`;

let proxy: FakeProxy;
const api = new ExporterApi(PROXY);
const written = jest.fn();

function Shown() {
  const repairs = useRepairs(api, MENDED.name, written);
  return (
    <>
      <button onClick={() => repairs.preview(['v1', 'v2'])}>preview two</button>
      <button onClick={repairs.list}>list</button>
      <RepairDrawer api={api} check={MENDED} timeZone="utc" repairs={repairs} />
    </>
  );
}

async function preview(): Promise<void> {
  render(<Shown />);
  await userEvent.click(screen.getByText('preview two'));
}

const button = (name: string | RegExp) => screen.getByRole('button', { name });
const status = () => screen.getByRole('status');
const bodies = () => proxy.requests.filter(({ method }) => method === 'POST').map(({ data }) => data);

async function applyWith(reason: string): Promise<void> {
  await userEvent.click(await screen.findByRole('button', { name: 'Apply …' }));
  await userEvent.type(screen.getByLabelText(/^Reason/), reason);
  await userEvent.click(button('Write 1 row'));
}

beforeEach(() => {
  withLayout();
  written.mockClear();
  proxy = proxyOfGrafana();
  proxy.answer(`POST ${PLANS}`, { ...PLAN, ...ALL_OF_THEM });
  proxy.answer(`GET ${ONE}`, PLAN);
  proxy.answer(`GET ${PLANS}`, { plans: [] });
});

test('a preview shows each row as it is and as it would be, the very statements, and what is skipped and why', async () => {
  await preview();
  expect(await screen.findByText('1 / course-1')).toBeVisible();
  expect(bodies()).toEqual([{ check: MENDED.name, ids: ['v1', 'v2'] }]);
  const score = screen.getByRole('rowheader', { name: 'score' }).closest('tr');
  expect(
    within(score as HTMLElement)
      .getAllByRole('cell')
      .map(({ textContent }) => textContent)
  ).toEqual(['80.1', '90.5']);
  expect(screen.getByText('mismatch: update in licenses')).toBeVisible();
  expect(screen.getByText('Other side: score 90.5')).toBeVisible();
  expect(screen.getByText('The configuration skips this kind.')).toBeVisible();
  expect(screen.getByText('Made by').nextElementSibling).toHaveTextContent('ada via grafana, 2026-03-01 10:06:00');
  expect(screen.getByText('Expires').nextElementSibling).toHaveTextContent(/^in (9|10)\smin$/);
  await userEvent.click(screen.getByText('Statements'));
  const statement = screen.getByText('UPDATE licenses SET score = $1 WHERE id = $2');
  expect(statement).toBeVisible();
  expect(statement.nextElementSibling).toHaveTextContent("$1 = '90.5' $2 = NULL");
  expect(button('Dry run')).toBeEnabled();
  expect(screen.queryByRole('button', { name: 'Undo …' })).not.toBeInTheDocument();
});

test('a preview says what is open and not in it', async () => {
  proxy.answer(`POST ${PLANS}`, { ...PLAN, left_out: { no_room: 7, unmendable: 3 } });
  await preview();
  expect(await screen.findByRole('status')).toHaveTextContent(
    '7 more did not fit: preview again once this is applied. 3 more are of kinds that the configuration leaves alone.'
  );
});

test('a dry run says what would have come of it, and the plan can still be applied', async () => {
  proxy.answer(`POST ${ONE}/apply`, {
    ...planOf([planRowOf(1, { outcome: 'written' }), SKIPPED]),
    dry_run: true,
    still_apart: null,
  });
  await preview();
  await userEvent.click(await screen.findByRole('button', { name: 'Dry run' }));
  await waitFor(() => expect(status()).toHaveTextContent('Dry run: 1 written, 1 skipped. Everything was rolled back.'));
  expect(bodies().at(-1)).toEqual({ reason: 'dry run', dry_run: true });
  expect(screen.getByText('tried')).toBeVisible();
  expect(screen.getByText('To write').nextElementSibling).toHaveTextContent('1');
  expect(button('Apply …')).toBeEnabled();
  expect(written).not.toHaveBeenCalled();
});

test('applying names what is written, needs a reason, and tells what came of it, who did it and why', async () => {
  proxy.answer(`POST ${ONE}/apply`, DONE);
  await preview();
  await userEvent.click(await screen.findByRole('button', { name: 'Apply …' }));
  expect(screen.getByText(/This writes to the database: 1 update in licenses\./)).toBeVisible();
  expect(button('Write 1 row')).toBeDisabled();
  await userEvent.type(screen.getByLabelText(/^Reason/), ' late import ');
  await userEvent.click(button('Write 1 row'));
  await waitFor(() => expect(status()).toHaveTextContent('1 written, 1 skipped. What was written agrees now.'));
  expect(bodies().at(-1)).toEqual({ reason: 'late import', dry_run: false });
  expect(screen.getByText('Applied by').nextElementSibling).toHaveTextContent('ada via grafana, 2026-03-01 10:08:00');
  expect(screen.getByText('Reason').nextElementSibling).toHaveTextContent('late import');
  expect(written).toHaveBeenCalledTimes(1);
  expect(screen.queryByRole('button', { name: 'Apply …' })).not.toBeInTheDocument();
});

test('while a plan is being applied each row tells how far it is', async () => {
  let answer: (done: unknown) => void = () => undefined;
  proxy.answer(`POST ${ONE}/apply`, () => new Promise((resolve) => (answer = resolve)));
  const going = { ...planOf([planRowOf(1, { outcome: 'writing' }), SKIPPED]), state: 'applying' };
  proxy.answer(`GET ${ONE}`, going);
  await preview();
  await applyWith('x');
  await waitFor(() => expect(status()).toHaveTextContent('Writing: 1 of 2 rows settled …'));
  expect(screen.getByText('writing')).toBeVisible();
  await act(async () => answer(DONE));
  expect(status()).toHaveTextContent('1 written, 1 skipped.');
});

test('an answer that a proxy did not wait for is found out by reading the plan', async () => {
  proxy.answer(`POST ${ONE}/apply`, () => {
    proxy.answer(`GET ${ONE}`, { ...DONE, dry_run: undefined });
    throw refusal(504);
  });
  await preview();
  await applyWith('x');
  await waitFor(() => expect(screen.getByText('Applied by')).toBeVisible());
  expect(screen.queryByRole('alert')).not.toBeInTheDocument();
  expect(written).toHaveBeenCalledTimes(1);
});

test.each([
  [403, 'The plan is another user’s. Make your own.'],
  [409, 'The plan has been applied already.'],
  [410, 'The plan has expired. Make a new one.'],
])('a refusal with %d is said in the exporter’s words, and nothing counts as written', async (code, detail) => {
  proxy.answer(`POST ${ONE}/apply`, () => {
    throw refusal(code, { status: code, detail });
  });
  await preview();
  await applyWith('x');
  expect(await screen.findByText(detail)).toBeVisible();
  expect(written).not.toHaveBeenCalled();
});

test('a plan that has expired says so and offers nothing', async () => {
  proxy.answer(`POST ${PLANS}`, {
    ...planOf([planRowOf(1)], { expires_at: '2026-03-01T10:21:00.000Z' }),
    ...ALL_OF_THEM,
  });
  await preview();
  expect(await screen.findByText(/This plan has expired/)).toBeVisible();
  expect(screen.queryByRole('button', { name: /Apply|Dry run/ })).not.toBeInTheDocument();
});

test('an applied plan is opened from the list and taken back by a plan of its own, which is shown first', async () => {
  proxy.answer(`GET ${PLANS}`, { plans: [DONE] });
  proxy.answer(`GET ${ONE}`, DONE);
  const undo = planOf([planRowOf(1)], { id: 'b'.repeat(64), undo_of: DONE.id });
  proxy.answer(`POST ${ONE}/undo`, undo);
  render(<Shown />);
  await userEvent.click(screen.getByText('list'));
  expect(await screen.findByText('1 written, 1 skipped')).toBeVisible();
  await userEvent.click(button('Open the plan of 2026-03-01 10:06:00'));
  await userEvent.click(await screen.findByRole('button', { name: 'Undo …' }));
  expect(await screen.findByText('Taking back a repair')).toBeVisible();
  expect(status()).toHaveTextContent('Nothing is written before you apply it.');
  expect(button('Apply …')).toBeEnabled();
  expect(written).not.toHaveBeenCalled();
});

test('everything that is open is previewed from the list, and a preview that cannot be made says why', async () => {
  proxy.answer(`POST ${PLANS}`, () => {
    throw refusal(409, { detail: 'There is no such violation to mend.' });
  });
  render(<Shown />);
  await userEvent.click(screen.getByText('list'));
  expect(await screen.findByText('No repair of this check has been previewed yet.')).toBeVisible();
  await userEvent.click(button('Preview every open violation (at most 500)'));
  expect(await screen.findByText('There is no such violation to mend.')).toBeVisible();
  expect(bodies()).toEqual([{ check: MENDED.name }]);
});

test('a long plan is shown a part at a time', async () => {
  proxy.answer(`POST ${PLANS}`, { ...planOf(Array.from({ length: 60 }, (_, i) => planRowOf(i))), ...ALL_OF_THEM });
  await preview();
  expect(await screen.findByText('49 / course-49')).toBeVisible();
  expect(screen.queryByText('50 / course-50')).not.toBeInTheDocument();
  await userEvent.click(button('Show 10 more'));
  expect(screen.getByText('59 / course-59')).toBeVisible();
});
