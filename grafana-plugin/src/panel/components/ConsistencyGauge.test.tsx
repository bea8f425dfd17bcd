import { render, screen } from '@testing-library/react';
import React from 'react';
import type { Check } from '../../datasource/api';
import { CHECK, checkWith, HEALTHY, PENDING, resultWith, SOURCE_DOWN } from '../../testing/documents';
import { ConsistencyGauge } from './ConsistencyGauge';

function gaugeOf(check: Check): HTMLElement {
  render(<ConsistencyGauge check={check} compact={false} />);
  return screen.getByRole('meter', { name: `Consistency of ${check.name}` });
}

test('it tells its value to those who do not see it', () => {
  const gauge = gaugeOf(CHECK);
  expect(gauge).toHaveAttribute('aria-valuenow', '0.9767');
  expect(gauge).toHaveAttribute('aria-valuetext', '97.66 %');
  expect(gauge).toHaveAttribute('aria-valuemin', '0');
  expect(gauge).toHaveAttribute('aria-valuemax', '1');
});

test('it marks both thresholds by their value', () => {
  gaugeOf(CHECK);
  expect(screen.getByText('95 %')).toBeInTheDocument();
  expect(screen.getByText('99 %')).toBeInTheDocument();
});

test('before the first run it shows no value, not 0 %', () => {
  const gauge = gaugeOf(PENDING);
  expect(gauge).toHaveAttribute('aria-valuetext', 'not known yet');
  expect(gauge.querySelectorAll('path')).toHaveLength(1);
});

test('a ratio far below the thresholds still has its place on the scale', () => {
  const gauge = gaugeOf(checkWith({ result: resultWith({ consistency_ratio: 0.2, consistency_rate: 20 }) }));
  expect(gauge).toHaveTextContent('20 %100 %');
});

test('thresholds that are both 1 are one mark at the end of the scale', () => {
  const complaints = jest.spyOn(console, 'error');
  const gauge = gaugeOf({ ...HEALTHY, thresholds: { healthy: 1, degraded: 1 } });
  expect(gauge.innerHTML).not.toMatch(/NaN|Infinity/);
  expect(complaints).not.toHaveBeenCalled();
});

test('a held value is dimmed, a fresh one is not', () => {
  expect(gaugeOf(SOURCE_DOWN)).toHaveStyle({ opacity: '0.6' });
  expect(gaugeOf(HEALTHY)).toHaveStyle({ opacity: '1' });
});
