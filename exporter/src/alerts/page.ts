/** The table of docs/alerts.md, so that it cannot drift from the rules. */
import { alertsOf, catalogue, ROLE_SYSTEM } from './catalogue.ts';
import { ANY_SITE } from './site.ts';

export function alertTable(): string {
  const rows = alertsOf([...catalogue(ANY_SITE), ...ROLE_SYSTEM]).map(
    ({ alert, severity, layer, expr, for: waits, keepFiringFor, summary }) => {
      const condition = expr.trim().replaceAll(/\s+/g, ' ').replaceAll('|', '\\|');
      const times = [waits ?? 'at once', ...(keepFiringFor ? [`keeps ${keepFiringFor}`] : [])].join(', ');
      const text = summary.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, '*$1*');
      return `| [${alert}](runbooks/${alert}.md) | ${severity} | ${layer} | ${times} | ${text} | \`${condition}\` |`;
    },
  );
  return ['| alert | severity | layer | after | says | when |', '|---|---|---|---|---|---|', ...rows].join(
    '\n',
  );
}
