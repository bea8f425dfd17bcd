import { fromFolder, parseAddress } from './address.ts';

test.each([
  ['file:./roles.db', './roles.db'],
  ['file:roles.db?mode=rwc', 'roles.db'],
  ['file:/var/lib/app/roles.db', '/var/lib/app/roles.db'],
  ['file:///var/lib/a%20b.db', '/var/lib/a b.db'],
  ['file:100%.db', '100%.db'],
  ['sqlite+libsql:///roles.db', 'roles.db'],
  ['sqlite+libsql:////var/lib/roles.db?secure=true', '/var/lib/roles.db'],
])('%s is a file', (url, path) => {
  expect(parseAddress(url)).toEqual({ kind: 'file', path });
});

test.each([
  ['libsql://app-org.turso.io', 'https://app-org.turso.io/', null],
  ['libsql://127.0.0.1:8080?tls=0', 'http://127.0.0.1:8080/', null],
  ['wss://app-org.turso.io', 'https://app-org.turso.io/', null],
  ['ws://127.0.0.1:8080', 'http://127.0.0.1:8080/', null],
  ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/', null],
  ['https://db.example.org/dev/app', 'https://db.example.org/dev/app/', null],
  ['libsql://app-org.turso.io?authToken=abc', 'https://app-org.turso.io/', 'abc'],
  ['sqlite+libsql://app-org.turso.io/?authToken=abc&secure=true', 'https://app-org.turso.io/', 'abc'],
  ['sqlite+libsql://127.0.0.1:8080/?secure=false', 'http://127.0.0.1:8080/', null],
])('%s is a server', (url, base, authToken) => {
  const address = parseAddress(url);
  expect(address).toMatchObject({ kind: 'server', authToken });
  expect(address.kind === 'server' && address.base.href).toBe(base);
});

test('an address without a host is refused without being repeated', () => {
  expect(() => parseAddress('libsql://?authToken=s3cret')).toThrow(
    'url: is no address of a libSQL database; write file:path or libsql://host',
  );
});

test.each([
  ['file:./a b#1?.db', '/etc/lockstep/a b#1'],
  ['file:100%25.db', '/etc/lockstep/100%.db'],
  ['file:/data/app.db', '/data/app.db'],
  ['sqlite+libsql:///app.db', '/etc/lockstep/app.db'],
])('%s starts at the folder of the configuration', (url, path) => {
  expect(parseAddress(fromFolder(url, '/etc/lockstep'))).toEqual({ kind: 'file', path });
  expect(fromFolder('libsql://host', '/etc/lockstep')).toBe('libsql://host');
});
