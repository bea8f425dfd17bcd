import { render, screen, within } from '@testing-library/react';
import React from 'react';
import { DETAIL } from '../../testing/documents';
import { CurrentRows } from './CurrentRows';

const side = (name: string) => within(screen.getByRole('region', { name }));

test('both sides stand side by side, and a side without a row says so', () => {
  render(<CurrentRows current={DETAIL.current} reason={null} />);
  expect(side('left: user_progress').getByText('90.5')).toBeVisible();
  expect(side('right: licenses').getByText('There is no row now.')).toBeVisible();
  expect(side('left: user_progress').queryByText('There is no row now.')).not.toBeInTheDocument();
});

test('every one of several rows of a key is shown', () => {
  const rows = [{ level: '1' }, { level: '2' }];
  render(<CurrentRows current={[{ side: 'left', source: 'app', table: 't', rows }]} reason={null} />);
  expect(screen.getAllByRole('definition').map((cell) => cell.textContent)).toEqual(['1', '2']);
});

test('rows that cannot be read now are not shown as absent', () => {
  render(<CurrentRows current={null} reason="licenses: connection refused" />);
  expect(screen.getByText('The rows cannot be read now')).toBeVisible();
  expect(screen.getByText('licenses: connection refused')).toBeVisible();
  expect(screen.queryByText('There is no row now.')).not.toBeInTheDocument();
});

test('markup in a name or a value is text', () => {
  const rows = [{ '<b>level</b>': '<script>document.title = 1</script>' }];
  render(<CurrentRows current={[{ side: 'left', source: 'app', table: '<i>t</i>', rows }]} reason={null} />);
  expect(screen.getByText('<script>document.title = 1</script>')).toBeVisible();
  expect(screen.getByText('<b>level</b>')).toBeVisible();
  expect(screen.getByText('<i>t</i>')).toBeVisible();
});

test('rows of a check without sides stand under what was asked', () => {
  const rows = [{ user_id: 7 }];
  render(<CurrentRows current={[{ side: null, source: 'app', table: 'the statement', rows }]} reason={null} />);
  expect(side('the statement').getByText('app')).toBeVisible();
});
