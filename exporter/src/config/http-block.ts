/** What must hold for the block `http` beyond its shape. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { fileFault } from './interpolate.ts';
import { isLoopback, OPEN_TO_THE_NETWORK, parseListen } from './listen.ts';
import type { Problems } from './problem.ts';
import { quoted, shownText } from './shape-words.ts';
import { sha256 } from './token.ts';
import { itemsAt, textAt, treeAt, type Path, type Tree } from './tree.ts';

export function checkHttp(root: Tree, folder: string, problems: Problems): void {
  checkListen(root, problems);
  checkTokens(root, problems);
  checkJwt(root, problems);
  checkTls(root, folder, problems);
}

function checkListen(root: Tree, problems: Problems): void {
  const path = ['http', 'listen'];
  const text = textAt(root, path);
  if (text === undefined) return;
  const listen = parseListen(text);
  if (!listen) {
    problems.add({
      path,
      message: `${quoted(shownText(treeAt(root, path)))} is not host:port`,
      fix: 'write such as 127.0.0.1:9464, 0.0.0.0:9464 or [::1]:9464',
    });
  } else if (!isLoopback(listen.host) && !hasAuthentication(root)) {
    problems.add({
      path,
      message: OPEN_TO_THE_NETWORK,
      fix: 'add `http.tokens` or `http.jwt`, or listen on 127.0.0.1',
    });
  }
}

function hasAuthentication(root: Tree): boolean {
  return itemsAt(root, ['http', 'tokens']).length > 0 || treeAt(root, ['http', 'jwt']) !== undefined;
}

function checkTokens(root: Tree, problems: Problems): void {
  const names = new Set<string>();
  const hashes = new Set<string>();
  for (const i of itemsAt(root, ['http', 'tokens']).keys()) {
    const path = ['http', 'tokens', i];
    if (treeAt(root, path)?.kind !== 'map') continue;
    exactlyOne(root, path, ['token', 'sha256'], problems);
    const name = textAt(root, [...path, 'name']);
    if (name !== undefined && names.has(name)) {
      const message = 'another token has this name';
      problems.add({ path: [...path, 'name'], message, fix: 'choose one that tells who acts' });
    }
    if (name !== undefined) names.add(name);
    const token = textAt(root, [...path, 'token']);
    const hash = token === undefined ? textAt(root, [...path, 'sha256']) : sha256(token);
    if (hash === undefined) continue;
    if (hashes.has(hash))
      problems.add({ path, message: 'this token is listed twice', fix: 'make one for each name' });
    hashes.add(hash);
  }
}

function checkJwt(root: Tree, problems: Problems): void {
  if (treeAt(root, ['http', 'jwt'])?.kind === 'map')
    exactlyOne(root, ['http', 'jwt'], ['secret', 'jwksUrl'], problems);
}

function exactlyOne(root: Tree, path: Path, names: readonly [string, string], problems: Problems): void {
  const given = names.filter((name) => treeAt(root, [...path, name]) !== undefined);
  const both = names.join(' and ');
  if (given.length === 2) problems.add({ path, message: `has both ${both}`, fix: 'keep one of them' });
  if (given.length === 0)
    problems.add({ path, message: `has neither ${names.join(' nor ')}`, fix: 'add one of them' });
}

function checkTls(root: Tree, folder: string, problems: Problems): void {
  const texts = ['cert', 'key'].map((name) => {
    const path = ['http', 'tls', name];
    const file = textAt(root, path);
    return file === undefined ? undefined : readOr(path, resolve(folder, file), problems);
  });
  const [cert, key] = texts;
  if (cert === undefined || key === undefined) return;
  try {
    createSecureContext({ cert, key });
  } catch {
    problems.add({
      path: ['http', 'tls'],
      part: 'key',
      message: 'the two files are not a PEM certificate and its private key',
      fix: 'check that both are PEM and belong together',
    });
  }
}

function readOr(path: Path, file: string, problems: Problems): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    problems.add({
      path,
      message: `the file cannot be read (${fileFault(error)})`,
      fix: 'write a path that starts at the folder of this configuration file, or an absolute one',
    });
    return undefined;
  }
}
