import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React from 'react';
import { ExporterApi } from '../../datasource/api';
import { type FakeProxy, PROXY, proxyOfGrafana, refusal, withLayout } from '../../testing/grafana';
import { useAct } from '../hooks/useAct';
import { ActStatus } from './ActStatus';
import { ReportButton } from './ReportButton';

const PAGE = '<!doctype html><title>x</title>';

let proxy: FakeProxy;
const saved: Blob[] = [];

function Shown() {
  const acting = useAct();
  return (
    <>
      <ReportButton api={new ExporterApi(PROXY)} check="orders" acting={acting} />
      <ActStatus state={acting.state} />
    </>
  );
}

async function choose(name: string): Promise<void> {
  render(<Shown />);
  await userEvent.click(screen.getByRole('button', { name: 'Report' }));
  await userEvent.click(await screen.findByText(name));
}

beforeEach(() => {
  withLayout();
  saved.length = 0;
  proxy = proxyOfGrafana();
  const createObjectURL = (blob: Blob) => `blob:${saved.push(blob)}`;
  Object.assign(URL, { createObjectURL, revokeObjectURL: () => undefined });
  jest.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => undefined);
});

test('a report of the check is saved as a file and not opened, for it would be a page of Grafana’s', async () => {
  proxy.answer('GET numbers/reports/weekly', PAGE);
  await choose('Weekly report');
  expect(await screen.findByText(/^Saved as weekly-orders-\d{8}-\d{6}\.html\.$/)).toBeVisible();
  expect(proxy.asked).toEqual(['GET numbers/reports/weekly?format=html&check=orders']);
  expect(saved.map(({ type, size }) => [type, size])).toEqual([['text/html;charset=utf-8', PAGE.length]]);
});

test('a report that is refused says why', async () => {
  proxy.answer('GET numbers/reports/daily', () => {
    throw refusal(404, { detail: 'There is no check "orders".' });
  });
  await choose('Daily report');
  expect(await screen.findByText('The exporter refused: There is no check "orders".')).toBeVisible();
  expect(saved).toEqual([]);
});
