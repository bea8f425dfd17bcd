/** The page at `/`: how every check stands, and where to go from here. One file of HTML, no script. */
import { createHash } from 'node:crypto';
import { humanDuration } from '../core/duration.ts';
import { consistencyRate, worst } from '../core/status.ts';
import type { CheckState } from '../runner/board.ts';
import { iso, isHeld, statusNow } from './check-documents.ts';
import type { Lockstep } from './lockstep.ts';
import { requireBasicAuth } from './operations-routes.ts';
import type { Server } from './route.ts';

const STYLE = `
:root { color-scheme: light dark; --ground: #f6f7f9; --card: #fff; --ink: #1b1f27; --quiet: #5b6472; --line: #dfe3e9;
  --link: #1857b8; --healthy: #1a7f4b; --degraded: #9a5b00; --critical: #c22a2a; --unknown: #5b6472; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #12151b; --card: #1b2029; --ink: #e7eaf0; --quiet: #9aa4b2; --line: #2e3542;
    --link: #7fb0ff; --healthy: #4cc38a; --degraded: #f0b04a; --critical: #ff7b72; --unknown: #9aa4b2; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 60rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1rem; margin-bottom: 1rem; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
p { margin: 0; }
.quiet { color: var(--quiet); font-size: .875rem; overflow-wrap: anywhere; }
ul.checks { list-style: none; margin: 0; padding: 0; display: grid; gap: .75rem; }
ul.checks > li { background: var(--card); border: 1px solid var(--line); border-left: .375rem solid var(--tone);
  border-radius: .375rem; padding: .75rem 1rem; display: flex; flex-wrap: wrap; justify-content: space-between; gap: .25rem 1rem; }
.tone { color: var(--tone); font-weight: 600; white-space: nowrap; }
.rate { font-size: 1.5rem; font-variant-numeric: tabular-nums; line-height: 1.2; }
.wide { flex: 1 0 100%; }
.held { color: var(--quiet); }
.healthy { --tone: var(--healthy); } .degraded { --tone: var(--degraded); }
.critical { --tone: var(--critical); } .unknown { --tone: var(--unknown); }
nav { margin-top: 1.5rem; display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; }
a { color: var(--link); }
`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');
const HEADERS = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'cache-control': 'private, no-cache',
  'content-type': 'text/html; charset=utf-8',
};

export function landingPage(app: Server, lockstep: Lockstep): void {
  app.route({
    method: 'GET',
    url: '/',
    schema: { hide: true },
    onRequest: (request, reply) => requireBasicAuth(lockstep, request, reply),
    handler: (_request, reply) =>
      reply.headers(HEADERS).send(pageOf(lockstep.board.states(), lockstep.version, Date.now())),
  });
}

/** @param now epoch milliseconds */
export function pageOf(states: readonly CheckState[], version: string, now: number): string {
  const status = worst(states.map(statusNow));
  const summary =
    states.length === 0 ? 'No check is configured.' : `${plural(states.length, 'check')}, worst first.`;
  const order = ['critical', 'degraded', 'unknown', 'healthy'];
  const sorted = [...states].sort((a, b) => order.indexOf(statusNow(a)) - order.indexOf(statusNow(b)));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lockstep: ${status}</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>Lockstep</h1><p class="tone ${status}">${states.length === 0 ? '' : status}</p><p class="quiet">${summary}</p></header>
<main>
<ul class="checks">
${sorted.map((state) => checkItem(state, now)).join('\n')}
</ul>
</main>
<nav>
<a href="/metrics">Metrics</a> <a href="/documentation">API documentation</a> <a href="/healthz">Alive</a> <a href="/readyz">Ready</a>
</nav>
<p class="quiet">Version ${escape(version)}, as of ${iso(now)}. Reload the page to look again.</p>
</body>
</html>
`;
}

function checkItem(state: CheckState, now: number): string {
  const { check, conclusive } = state;
  const status = statusNow(state);
  const result = conclusive?.result;
  const rate = result ? consistencyRate(result.checked, result.consistent) : null;
  const lines = [
    check.description === null ? '' : `<p class="wide">${escape(check.description)}</p>`,
    result
      ? `<p class="wide">${counted(result.inconsistent, 'violation')} in ${counted(result.checked, 'key')}${isHeld(state) ? ', as last seen' : ''}.</p>`
      : '',
    `<p class="wide quiet">${standing(state, now)}</p>`,
  ];
  return `<li class="${status}">
<h2>${escape(check.name)}</h2><p class="tone">${status}${isHeld(state) ? ', values held' : ''}</p>
<p class="rate wide${isHeld(state) ? ' held' : ''}">${rate === null ? 'no figures yet' : `${rate.toFixed(2)} %`}</p>
${lines.join('')}
</li>`;
}

function standing(state: CheckState, now: number): string {
  const { check, latest, conclusive, running, nextRunAt, oldestOpenAt } = state;
  const ago = (at: number) => `${humanDuration(Math.max(0, now - at))} ago`;
  const parts = [
    !check.enabled ? 'Disabled.' : '',
    running ? 'Looking now.' : '',
    latest === null && !running ? 'Has not run yet.' : '',
    latest?.outcome === 'error'
      ? `Could not look ${ago(latest.finishedAt)}; GET /api/v1/checks/${check.name} tells an admin why.`
      : '',
    conclusive ? `Last looked ${ago(conclusive.finishedAt)}.` : '',
    oldestOpenAt === null ? '' : `Oldest violation from ${ago(oldestOpenAt)}.`,
    nextRunAt !== null && nextRunAt > now ? `Next run in ${humanDuration(nextRunAt - now)}.` : '',
  ];
  return escape(parts.filter((part) => part !== '').join(' '));
}

function plural(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
}
