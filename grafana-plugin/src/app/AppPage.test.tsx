import { type DataSourceSrv, setDataSourceSrv } from '@grafana/runtime';
import { render, screen } from '@testing-library/react';
import React, { type PropsWithChildren } from 'react';
import { AppPage } from './AppPage';

type Test = () => Promise<{ status: string; message: string }>;

/** Data sources by name, each with the answer of its health check. */
function connected(sources: Readonly<Record<string, Test>>): void {
  const list = Object.keys(sources).map((name) => ({ uid: name, name }));
  const get = ({ uid }: { uid: string }) => Promise.resolve({ testDatasource: sources[uid] });
  setDataSourceSrv({ getList: () => list, get } as unknown as DataSourceSrv);
}

// the frame of a page and the router are Grafana's core
jest.mock('@grafana/ui', () => ({
  ...jest.requireActual<object>('@grafana/ui'),
  TextLink: ({ href, children }: PropsWithChildren<{ href: string }>) => <a href={href}>{children}</a>,
}));
jest.mock('@grafana/runtime', () => ({
  ...jest.requireActual<object>('@grafana/runtime'),
  PluginPage: ({ children }: PropsWithChildren) => <main>{children}</main>,
}));

test('each exporter tells whether it answers, one that fails does not hide the other', async () => {
  connected({
    Main: () => Promise.resolve({ status: 'success', message: 'Lockstep 0.1.0, 3 checks' }),
    Second: () => Promise.reject(new Error('The exporter does not answer')),
    Third: () => Promise.resolve({ status: 'error', message: 'The token is refused' }),
  });
  render(<AppPage />);
  expect(await screen.findByText('Lockstep 0.1.0, 3 checks')).toBeVisible();
  expect(await screen.findByText('The exporter does not answer')).toBeVisible();
  expect(await screen.findByText('The token is refused')).toBeVisible();
  expect(screen.queryByText('No exporter is connected yet')).not.toBeInTheDocument();
});

test('without a data source it says where to add one', () => {
  connected({});
  render(<AppPage />);
  expect(screen.getByRole('link', { name: 'Add a data source' })).toHaveAttribute(
    'href',
    '/connections/datasources/new'
  );
});

test('it leads to the three dashboards', () => {
  connected({});
  render(<AppPage />);
  const links = screen.getAllByRole('listitem').map((item) => item.querySelector('a')?.getAttribute('href'));
  expect(links).toEqual(['/d/lockstep-overview', '/d/lockstep-check', '/d/lockstep-jobs']);
});
