import { act, renderHook } from '@testing-library/react';
import { useDebounced } from './useDebounced';

test('only what stood still for that long is told', () => {
  jest.useFakeTimers();
  const { result, rerender } = renderHook(({ value }) => useDebounced(value, 200), { initialProps: { value: '' } });
  const after = (ms: number) => {
    act(() => jest.advanceTimersByTime(ms));
    return result.current;
  };
  rerender({ value: 'a' });
  expect(after(199)).toBe('');
  rerender({ value: 'ab' });
  expect(after(199)).toBe('');
  expect(after(1)).toBe('ab');
  jest.useRealTimers();
});
