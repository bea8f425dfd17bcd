/** Every way to write a report down. Pure. */
import type { Report, ReportFormat } from '../core/report.ts';
import { fileTime } from './figures.ts';
import { reportHtml } from './html.ts';
import { reportDocument } from './json.ts';
import { reportMarkdown } from './markdown.ts';

export const MEDIA_TYPES: Readonly<Record<ReportFormat, string>> = {
  json: 'application/json; charset=utf-8',
  markdown: 'text/markdown; charset=utf-8',
  html: 'text/html; charset=utf-8',
};

const ENDINGS: Readonly<Record<ReportFormat, string>> = { json: 'json', markdown: 'md', html: 'html' };

export function writtenReport(report: Report, format: ReportFormat): string {
  if (format === 'markdown') return reportMarkdown(report);
  if (format === 'html') return reportHtml(report);
  return `${JSON.stringify(reportDocument(report), null, 2)}\n`;
}

/** `daily_20260131_070000.md`, by the end of the window. */
export function reportFileName({ kind, to }: Report, format: ReportFormat): string {
  return `${kind}_${fileTime(to)}.${ENDINGS[format]}`;
}
