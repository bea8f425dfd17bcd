/** The system's Chromium, driven over its own protocol: no browser is downloaded. */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const HOW = 'On Debian: apt-get install chromium. Elsewhere name a Chromium in CHROMIUM_PATH.';

/** Without these Chromium calls home at start; a sandbox cannot be had by root. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function startChromium(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM_PATH'] ?? PROGRAMS.find((program) => existsSync(program));
  if (executablePath === undefined) throw new Error(`There is no Chromium. ${HOW}`);
  return chromium.launch({ executablePath, args: ARGUMENTS });
}

export interface Watched {
  readonly page: Page;
  /** what a careful reader of the console would not let pass */
  readonly complaints: string[];
  /** every request and answer as text, to be searched for secrets */
  readonly traffic: string[];
  readonly requests: { readonly method: string; readonly path: string; readonly status: number }[];
  /** until every answer so far has been noted: one that was not read would be searched in vain */
  settled(): Promise<void>;
}

/** Icons that only Grafana's core brings, not its packages. */
const CORE_ICONS = /img\/icons\/unicons\/(spinner|angle-double-left|sync-slash)\.svg$/;

export async function watchedPage(
  browser: Browser,
  size: { width: number; height: number },
): Promise<Watched> {
  const page = await browser.newPage({ viewport: size });
  page.setDefaultTimeout(10_000);
  // the page and the packages of Grafana are 10 MB, which a busy machine reads slowly
  page.setDefaultNavigationTimeout(30_000);
  const notes: Promise<void>[] = [];
  const settled = async (): Promise<void> => {
    await Promise.all(notes);
  };
  const watched: Watched = { page, complaints: [], traffic: [], requests: [], settled };
  page.on('pageerror', (error) => watched.complaints.push(String(error)));
  page.on('dialog', (dialog) => {
    watched.complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    // a failed request is judged by its status, below
    if (message.type() !== 'error' || message.text().startsWith('Failed to load resource')) return;
    watched.complaints.push(message.text());
  });
  page.on('response', (response) => {
    notes.push(note(watched, response.request().method(), response));
  });
  return watched;
}

async function note(
  watched: Watched,
  method: string,
  response: Awaited<ReturnType<Page['waitForResponse']>>,
): Promise<void> {
  const url = new URL(response.url());
  const status = response.status();
  watched.requests.push({ method, path: url.pathname, status });
  if (status >= 400 && !url.pathname.startsWith('/api/') && !CORE_ICONS.test(url.pathname)) {
    watched.complaints.push(`${String(status)} ${url.pathname}`);
  }
  // the host's own bundle is 8 MB of other people's packages; an icon that is not there is never read to its end
  if (/^\/(host|systemjs)\//.test(url.pathname) || CORE_ICONS.test(url.pathname)) return;
  const request = response.request();
  // an answer that is under way when a test ends and closes its page cannot be read any more, and must not fail the next test
  const closed = (error: unknown): unknown => {
    if (watched.page.isClosed()) return 'closed';
    throw error;
  };
  const told = Promise.all([request.allHeaders(), response.allHeaders()]);
  const headers = JSON.stringify(await told.catch(closed));
  const body = await response.text().catch(() => '');
  watched.traffic.push(`${method} ${response.url()} ${headers} ${request.postData() ?? ''} ${body}`);
}
