import type { DataSourceSettings } from '@grafana/data';
import { fireEvent, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React from 'react';
import type { LockstepJsonData, LockstepSecureJsonData } from '../query';
import { ConfigEditor } from './ConfigEditor';

type Settings = DataSourceSettings<LockstepJsonData, LockstepSecureJsonData>;

const changed = jest.fn<void, [Settings]>();

function show(part: Partial<Settings> = {}) {
  const options = { jsonData: {}, secureJsonFields: {}, ...part } as Settings;
  return render(<ConfigEditor options={options} onOptionsChange={changed} />);
}

const url = () => screen.getByLabelText('Exporter URL');

beforeEach(() => changed.mockClear());

test('an address is kept without the slash that would double in the proxy’s routes', () => {
  show();
  fireEvent.change(url(), { target: { value: ' http://lockstep:9464/ ' } });
  expect(changed.mock.lastCall?.[0].jsonData).toEqual({ exporterUrl: 'http://lockstep:9464' });
});

test.each([
  ['lockstep:9464', 'Enter an address like http://lockstep:9464'],
  ['not an address', 'Enter an address like http://lockstep:9464'],
  ['http://lockstep:9464/metrics', 'Enter the address without a path'],
  ['http://me:secret@lockstep:9464', 'Enter the address without a user name'],
])('an address that cannot work is told at once: %s', (exporterUrl, problem) => {
  show({ jsonData: { exporterUrl } });
  expect(screen.getByText(problem)).toBeVisible();
});

test('an address that can work is not complained about', () => {
  show({ jsonData: { exporterUrl: 'https://lockstep.example' } });
  expect(screen.queryByText(/^Enter the? ?an? ?address/)).not.toBeInTheDocument();
});

test('a token goes to the secure half only', () => {
  show();
  fireEvent.change(screen.getByLabelText('Token'), { target: { value: 'secret-1' } });
  const [settings] = changed.mock.lastCall ?? [];
  expect(settings?.secureJsonData).toEqual({ token: 'secret-1' });
  expect(JSON.stringify(settings?.jsonData)).not.toContain('secret-1');
});

test('a token that is set cannot be read or edited, only replaced', async () => {
  show({ secureJsonFields: { token: true } });
  expect(screen.getByLabelText('Token')).toBeDisabled();
  await userEvent.click(screen.getByRole('button', { name: /reset/i }));
  const [settings] = changed.mock.lastCall ?? [];
  expect(settings?.secureJsonFields).toEqual({ token: false });
  expect(settings?.secureJsonData).toEqual({ token: '' });
});

test('leaving certificates unchecked is not offered', () => {
  show();
  expect(screen.queryByRole('checkbox')).not.toBeInTheDocument();
  expect(screen.queryByRole('switch')).not.toBeInTheDocument();
  expect(screen.queryByText(/TLS|certificate/i)).not.toBeInTheDocument();
});
