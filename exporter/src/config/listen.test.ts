import { isLoopback, parseListen } from './listen.ts';

test.each([
  ['127.0.0.1:9464', { host: '127.0.0.1', port: 9464 }],
  ['localhost:0', { host: 'localhost', port: 0 }],
  ['[::1]:65535', { host: '::1', port: 65_535 }],
  ['exporter.example.org:80', { host: 'exporter.example.org', port: 80 }],
])('%s is an address to listen on', (text, listen) => {
  expect(parseListen(text)).toEqual(listen);
});

test.each([
  '',
  ':9464',
  '9464',
  '127.0.0.1',
  '127.0.0.1:',
  '::1:9464',
  '[::1]',
  '[localhost]:1',
  'a:65536',
  'a b:1',
])('"%s" is none', (text) => {
  expect(parseListen(text)).toBeNull();
});

test.each(['127.0.0.1', '127.255.0.9', '::1', '0:0:0:0:0:0:0:1', '0000::0001', 'localhost', 'LOCALHOST'])(
  'only this machine reaches %s',
  (host) => {
    expect(isLoopback(host)).toBe(true);
  },
);

test.each([
  '0.0.0.0',
  '::',
  '10.0.0.1',
  '::2',
  '1::1',
  '::ffff:10.0.0.1',
  'fe80::1',
  'localhost.evil.org',
  '128.0.0.1',
])('others reach %s', (host) => {
  expect(isLoopback(host)).toBe(false);
});
