/** Every text of the app's page, in one place to be translated. */
export const TEXTS = {
  what: 'Two tables must agree, row by row. Lockstep tells within one interval which rows have stopped agreeing.',
  sources: 'Exporters',
  noSource: 'No exporter is connected yet',
  addSource: 'Add a data source',
  dashboards: 'Dashboards',
  overview: 'Overview: every check at a glance',
  check: 'Check: one check, its rows and its past',
  jobs: 'Jobs and exporter: schedule, durations, sources, memory',
} as const;
