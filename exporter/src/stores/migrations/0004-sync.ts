/**
 * Sync plans, what became of each of their rows, and the transactions that wrote them. A batch is `pending` from before
 * its commit until somebody has seen what became of it.
 */
export const SQL = `
CREATE TABLE sync_plan (
  id text {binary} NOT NULL PRIMARY KEY,
  check_name text {binary} NOT NULL,
  undo_of text {binary},
  created_at bigint NOT NULL,
  created_by text NOT NULL,
  expires_at bigint NOT NULL,
  rule text {binary} NOT NULL,
  state text {binary} NOT NULL,
  applied_at bigint,
  applied_by text,
  reason text
);
CREATE INDEX sync_plan_by_check ON sync_plan (check_name, created_at);

CREATE TABLE sync_row (
  plan_id text {binary} NOT NULL,
  nth integer NOT NULL,
  violation_id text {binary} NOT NULL,
  kind text {binary} NOT NULL,
  key_json text NOT NULL,
  write_json text,
  outcome text {binary} NOT NULL,
  reason text,
  skipped text,
  after_json text,
  inverse_json text,
  batch_id text {binary},
  PRIMARY KEY (plan_id, nth)
);

CREATE TABLE sync_batch (
  id text {binary} NOT NULL PRIMARY KEY,
  plan_id text {binary} NOT NULL,
  txid text {binary} NOT NULL,
  written_at bigint NOT NULL,
  state text {binary} NOT NULL
);
CREATE INDEX sync_batch_by_state ON sync_batch (state);
`;
