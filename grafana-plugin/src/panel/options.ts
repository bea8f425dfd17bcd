/** What the panel's editor sets. */
export const SECTIONS = ['status', 'numbers', 'table'] as const;
export type Section = (typeof SECTIONS)[number];

export interface PanelOptions {
  /** Name of a check, or a template variable; empty: the check of the query. */
  readonly check: string;
  readonly sections: Section[];
  /** Columns to leave out, by their names. */
  readonly hiddenColumns: string[];
  readonly pageSize: number;
  readonly compact: boolean;
}

export const DEFAULT_OPTIONS: PanelOptions = {
  check: '',
  sections: [...SECTIONS],
  hiddenColumns: [],
  pageSize: 25,
  compact: false,
};

/** Columns that every check has; those of its fields come before them. */
export const COMMON_COLUMNS = ['difference', 'kind', 'recommended_action', 'first_seen', 'age', 'state'] as const;
