import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React from 'react';
import { type Check, ExporterApi } from '../../datasource/api';
import { CHECK, MENDED } from '../../testing/documents';
import { PROXY, proxyOfGrafana, signedInAs, withLayout } from '../../testing/grafana';
import { CheckActions } from './CheckActions';

const run = { state: { step: 'idle' as const }, start: jest.fn() };
const repairs = jest.fn();

function show(check: Check): void {
  const given = { api: new ExporterApi(PROXY), check, run, version: 1, onRepairs: repairs };
  render(<CheckActions {...given} timeZone="utc" onChanged={jest.fn()} />);
}

const barred = () =>
  screen
    .getAllByRole('button')
    .filter((button) => button.getAttribute('aria-disabled') === 'true')
    .map(({ textContent }) => textContent);

beforeEach(() => {
  withLayout();
  proxyOfGrafana();
  repairs.mockClear();
});

test('an Admin may do everything', async () => {
  signedInAs('Admin');
  show(MENDED);
  expect(barred()).toEqual([]);
  await userEvent.click(screen.getByRole('button', { name: 'Repairs' }));
  expect(repairs).toHaveBeenCalledTimes(1);
});

test.each([
  ['Editor', ['Repairs']],
  ['Viewer', ['Run check now', 'Baseline', 'Repairs']],
] as const)('a %s is told by the button itself what another role is needed for', async (role, names) => {
  signedInAs(role);
  show(MENDED);
  expect(barred()).toEqual(names);
  const button = screen.getByRole('button', { name: 'Repairs' });
  await userEvent.hover(button);
  expect(await screen.findByText('Repairing needs the role Admin in Grafana')).toBeVisible();
  await userEvent.click(button);
  expect(repairs).not.toHaveBeenCalled();
});

test.each([
  ['that nothing mends', CHECK],
  ['of an exporter older than repairs', { ...CHECK, sync: undefined } as unknown as Check],
])('a check %s has no repairs', (_, check) => {
  signedInAs('Admin');
  show(check);
  expect(screen.queryByRole('button', { name: 'Repairs' })).not.toBeInTheDocument();
});
