/**
 * `{binary}` becomes the dialect's byte-order collation: SQLite compares bytes anyway, Postgres needs `COLLATE "C"`,
 * and lists must come in one order from both. Times are epoch milliseconds, booleans 0 and 1, values JSON text.
 */
export const SQL = `
CREATE TABLE run (
  id text {binary} NOT NULL PRIMARY KEY,
  check_name text {binary} NOT NULL,
  "trigger" text NOT NULL,
  started_at bigint NOT NULL,
  finished_at bigint NOT NULL,
  outcome text NOT NULL,
  status text NOT NULL,
  checked bigint,
  consistent bigint,
  inconsistent bigint,
  left_rows bigint,
  right_rows bigint,
  empty integer,
  counts text,
  capped integer,
  opened bigint,
  resolved bigint,
  error text
);
CREATE INDEX run_by_check ON run (check_name, finished_at, id);

CREATE TABLE violation (
  id text {binary} NOT NULL PRIMARY KEY,
  check_name text {binary} NOT NULL,
  kind text {binary} NOT NULL,
  state text {binary} NOT NULL,
  key_json text NOT NULL,
  left_json text,
  right_json text,
  first_left_json text,
  first_right_json text,
  key_text text NOT NULL,
  sort_key text {binary},
  sort_left text {binary},
  sort_right text {binary},
  first_seen_at bigint NOT NULL,
  last_seen_at bigint NOT NULL,
  resolved_at bigint,
  reopened_at bigint,
  times_seen bigint NOT NULL,
  times_reopened bigint NOT NULL
);
CREATE INDEX violation_by_check ON violation (check_name, state, first_seen_at);
CREATE INDEX violation_by_resolution ON violation (state, resolved_at);

CREATE TABLE violation_event (
  violation_id text {binary} NOT NULL,
  run_id text {binary} NOT NULL,
  at bigint NOT NULL,
  event text NOT NULL,
  kind text NOT NULL,
  left_json text,
  right_json text,
  PRIMARY KEY (violation_id, at, run_id)
);
CREATE INDEX violation_event_by_age ON violation_event (event, at);

CREATE TABLE job (
  job text {binary} NOT NULL PRIMARY KEY,
  last_start_at bigint,
  last_run_at bigint,
  last_success_at bigint,
  last_duration_ms double precision,
  consecutive_failures bigint NOT NULL
);

CREATE TABLE rollup (
  check_name text {binary} NOT NULL,
  day bigint NOT NULL,
  last_at bigint,
  runs bigint NOT NULL,
  errors bigint NOT NULL,
  checked bigint,
  inconsistent bigint,
  min_ratio double precision,
  max_ratio double precision,
  opened bigint NOT NULL,
  resolved bigint NOT NULL,
  PRIMARY KEY (check_name, day)
);

CREATE TABLE audit (
  id text {binary} NOT NULL PRIMARY KEY,
  at bigint NOT NULL,
  actor text NOT NULL,
  action text NOT NULL,
  subject text NOT NULL,
  details text NOT NULL
);
CREATE INDEX audit_by_age ON audit (at);
`;
