/** A report as Markdown. Pure. */
import type { Report } from '../core/report.ts';
import { plain, table } from './markdown-text.ts';
import { pageOf, type Block } from './page.ts';
import { DECISIONS } from './reasons.ts';

export function reportMarkdown(report: Report): string {
  const page = pageOf(report);
  const { title, meaning } = DECISIONS[page.decision];
  return `${[
    `# ${plain(page.title)}`,
    plain(page.lead),
    `**${title}.** ${meaning}`,
    ...page.summary.flatMap(blockText),
    ...page.checks.flatMap(({ name, parts }) => [
      `## ${plain(name)}`,
      ...parts.flatMap((part) => [`### ${plain(part.title)}`, ...part.blocks.flatMap(blockText)]),
    ]),
    page.end,
  ].join('\n\n')}\n`;
}

/** Charts have their numbers in the table beside them. */
function blockText(block: Block): string[] {
  switch (block.form) {
    case 'text':
      return [plain(block.text)];
    case 'table':
      return [
        table(
          block.header.map(plain),
          block.rows.map((row) => row.map(plain)),
          block.align,
        ),
      ];
    case 'reasons':
      return [
        block.reasons
          .map(({ decision, text }) => `- ${DECISIONS[decision].title}: ${plain(text)}`)
          .join('\n'),
      ];
    case 'charts':
      return [];
  }
}
