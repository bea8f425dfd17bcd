/** A report as one page of HTML: no script, nothing fetched, light or dark as the reader has it. Pure. */
import { createHash } from 'node:crypto';
import type { Report } from '../core/report.ts';
import { charts } from './chart.ts';
import { escape } from './html-text.ts';
import { pageOf, type Block, type CheckSection, type ReportPage, type Table } from './page.ts';
import { DECISIONS } from './reasons.ts';

const STYLE = `
:root { color-scheme: light dark; --ground: #f6f7f9; --card: #fff; --ink: #1b1f27; --quiet: #5b6472; --line: #dfe3e9;
  --accent: #1857b8; --good: #1a7f4b; --middling: #9a5b00; --bad: #c22a2a; --unsure: #5b6472; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #12151b; --card: #1b2029; --ink: #e7eaf0; --quiet: #9aa4b2; --line: #2e3542;
    --accent: #7fb0ff; --good: #4cc38a; --middling: #f0b04a; --bad: #ff7b72; --unsure: #9aa4b2; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 64rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
header { border-left: .375rem solid var(--tone); padding-left: 1rem; margin-bottom: 1.5rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0; }
h2 { font-size: 1.25rem; margin: 0; }
h3 { font-size: 1rem; margin: 1.75rem 0 .5rem; }
h4 { font-size: .875rem; margin: 0 0 .25rem; font-weight: 600; }
p { margin: .5rem 0; }
.quiet, figcaption { color: var(--quiet); font-size: .875rem; }
.tone { color: var(--tone); font-weight: 600; }
.proceed { --tone: var(--good); } .investigate { --tone: var(--middling); }
.fix_first { --tone: var(--bad); } .unknown { --tone: var(--unsure); }
section.check { background: var(--card); border: 1px solid var(--line); border-radius: .375rem; padding: 1rem; margin-top: 1.5rem; }
section.check > .top { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .25rem 1rem; align-items: baseline; }
ul.reasons { list-style: none; margin: .5rem 0; padding: 0; display: grid; gap: .375rem; }
ul.reasons > li { border-left: .25rem solid var(--tone); padding-left: .75rem; }
.scroll { overflow-x: auto; margin: .5rem 0; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3125rem .75rem; border-bottom: 1px solid var(--line); text-align: left; white-space: nowrap; }
th { color: var(--quiet); font-weight: 600; white-space: normal; overflow-wrap: normal; vertical-align: bottom; }
th:first-child, td:first-child { padding-left: 0; }
.r { text-align: right; }
.charts { display: grid; gap: 1.25rem; margin: 1rem 0; }
figure { margin: 0; }
svg.chart { display: block; overflow: visible; }
.chart line { stroke-width: 1; }
.grid { stroke: var(--line); } .axis { stroke: var(--quiet); }
.healthy { stroke: var(--good); stroke-dasharray: 5 4; } .degraded { stroke: var(--middling); stroke-dasharray: 5 4; }
.baseline { stroke: var(--quiet); stroke-dasharray: 2 3; }
.line { fill: none; stroke: var(--accent); stroke-width: 2; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.band { fill: var(--accent); fill-opacity: .2; }
.tick { fill: var(--quiet); font-size: 11px; paint-order: stroke; stroke: var(--card); stroke-width: 3px; stroke-linejoin: round; }
.healthy-text { fill: var(--good); } .degraded-text { fill: var(--middling); }
.looked, .key-looked { fill: var(--good); background: var(--good); opacity: .55; }
.failed, .key-failed { fill: var(--bad); background: var(--bad); }
.none, .key-none { fill: var(--line); background: var(--line); }
.opened, .key-opened { fill: var(--bad); background: var(--bad); }
.resolved, .key-resolved { fill: var(--good); background: var(--good); }
.key { display: inline-block; width: .75rem; height: .625rem; border-radius: 2px; margin-right: .25rem; }
.key-line { background: var(--accent); height: .1875rem; vertical-align: .1875rem; }
.key-band { background: var(--accent); opacity: .3; }
footer { margin-top: 1.5rem; }
@media print { body { max-width: none; padding: 0; } section.check { break-inside: avoid-page; border: 0; padding: 0; } }
`;

/** What the page may do where it is opened: be styled by its own style sheet, and nothing else. */
export const REPORT_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

export function reportHtml(report: Report): string {
  const page = pageOf(report);
  const { title, meaning } = DECISIONS[page.decision];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${REPORT_POLICY}">
<title>Lockstep: ${escape(page.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header class="${page.decision}">
<h1>${escape(page.title)}</h1>
<p><span class="tone">${title}.</span> ${meaning}</p>
<p class="quiet">${escape(page.lead)}</p>
</header>
<main>
${page.summary.map((block) => blockHtml(block, page)).join('\n')}
${page.checks.map((check) => checkHtml(check, page)).join('\n')}
</main>
<footer class="quiet">${escape(page.end)}</footer>
</body>
</html>
`;
}

function checkHtml({ name, decision, parts }: CheckSection, page: ReportPage): string {
  const [first, ...others] = parts;
  return `<section class="check ${decision}">
<div class="top"><h2>${escape(name)}</h2><span class="tone">${escape(first?.title ?? '')}</span></div>
${(first?.blocks ?? []).map((block) => blockHtml(block, page)).join('\n')}
${others.map((part) => `<h3>${escape(part.title)}</h3>\n${part.blocks.map((block) => blockHtml(block, page)).join('\n')}`).join('\n')}
</section>`;
}

function blockHtml(block: Block, { window }: ReportPage): string {
  switch (block.form) {
    case 'text':
      return `<p>${escape(block.text)}</p>`;
    case 'table':
      return tableHtml(block);
    case 'reasons':
      return `<ul class="reasons">${block.reasons
        .map(
          ({ decision, text }) =>
            `<li class="${decision}"><span class="tone">${DECISIONS[decision].title}:</span> ${escape(text)}</li>`,
        ) // prettier-ignore
        .join('')}</ul>`;
    case 'charts':
      return charts(block.check, window);
  }
}

function tableHtml({ header, rows, align }: Table): string {
  const cell = (name: 'th' | 'td', text: string, i: number): string =>
    `<${name}${align[i] === 'r' ? ' class="r"' : ''}>${escape(text)}</${name}>`;
  const row = (name: 'th' | 'td', cells: readonly string[]): string =>
    `<tr>${cells.map((text, i) => cell(name, text, i)).join('')}</tr>`;
  // a region that scrolls must be reachable by keyboard
  return `<div class="scroll" tabindex="0"><table><thead>${row('th', header)}</thead><tbody>${rows.map((cells) => row('td', cells)).join('')}</tbody></table></div>`;
}
