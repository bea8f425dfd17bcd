/** What the page is asked to show, from its address. */
const query = new URLSearchParams(location.search);

function text(name: string, otherwise: string): string {
  return query.get(name) ?? otherwise;
}

export const SETTINGS = {
  view: text('view', 'panel') as 'panel' | 'app' | 'config' | 'query',
  role: text('role', 'Editor') as 'Viewer' | 'Editor' | 'Admin',
  theme: text('theme', 'dark') as 'dark' | 'light',
  timeZone: text('tz', 'utc'),
  check: text('check', ''),
  queryType: text('queryType', 'status'),
  options: JSON.parse(text('options', '{}')) as Record<string, unknown>,
  width: query.has('width') ? Number(query.get('width')) : null,
  height: Number(text('height', '760')),
  /** 0: only by `__host.refresh()` */
  refreshSeconds: Number(text('refresh', '0')),
} as const;

export const DATASOURCE_UID = 'lockstep';
