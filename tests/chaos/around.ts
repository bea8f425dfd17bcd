/** A part with something before and after each call of it; all its methods answer with promises. */
export function around<T extends object>(
  part: T,
  call: (name: string, go: (...args: unknown[]) => Promise<unknown>, args: unknown[]) => Promise<unknown>,
): T {
  return new Proxy(part, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const go = value.bind(target) as (...args: unknown[]) => Promise<unknown>;
      return (...args: unknown[]) => call(String(name), go, args);
    },
  });
}
