/** Remembered runs, and the violations that were open or known when they were remembered. */
export const SQL = `
CREATE TABLE baseline (
  id text {binary} NOT NULL PRIMARY KEY,
  check_name text {binary} NOT NULL,
  name text NOT NULL,
  note text,
  created_at bigint NOT NULL,
  created_by text NOT NULL,
  is_current integer NOT NULL,
  run_id text {binary} NOT NULL,
  run_at bigint NOT NULL,
  checked bigint NOT NULL,
  consistent bigint NOT NULL,
  inconsistent bigint NOT NULL,
  counts text NOT NULL,
  capped integer NOT NULL
);
CREATE INDEX baseline_by_check ON baseline (check_name, created_at);

CREATE TABLE baseline_violation (
  baseline_id text {binary} NOT NULL,
  violation_id text {binary} NOT NULL,
  kind text {binary} NOT NULL,
  key_json text NOT NULL,
  left_json text,
  right_json text,
  PRIMARY KEY (baseline_id, violation_id)
);
`;
