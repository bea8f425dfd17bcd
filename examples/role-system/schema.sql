-- The tables of the role system, as SQLite and libSQL take them.
-- Foreign keys are declared, and hold only where a connection has said PRAGMA foreign_keys = ON: every other one can leave
-- orphans behind. Times are UTC, as 2026-01-31 08:00:00.

CREATE TABLE roles (
  role_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  description TEXT
);

CREATE TABLE users (
  user_id INTEGER PRIMARY KEY,
  username TEXT NOT NULL UNIQUE,
  email TEXT,
  is_active INTEGER NOT NULL DEFAULT 1,
  -- from before user_roles, when a user had one role; read until the migration is over
  role_id INTEGER REFERENCES roles (role_id),
  created_at TEXT NOT NULL
);

CREATE TABLE user_roles (
  user_role_id INTEGER PRIMARY KEY,
  user_id INTEGER REFERENCES users (user_id),
  role_id INTEGER REFERENCES roles (role_id),
  assigned_at TEXT,
  assigned_by_id INTEGER REFERENCES users (user_id),
  is_active INTEGER DEFAULT 1
);

-- every request looks the roles of its user up
CREATE INDEX user_roles_of_user ON user_roles (user_id, is_active);

CREATE TABLE audit_logs (
  audit_id INTEGER PRIMARY KEY,
  -- who acted
  user_id INTEGER,
  -- role_assigned, role_revoked, login, ...
  action TEXT NOT NULL,
  -- what was acted on
  table_name TEXT,
  record_id INTEGER,
  created_at TEXT NOT NULL
);

CREATE INDEX audit_logs_of_record ON audit_logs (table_name, record_id, action);
CREATE INDEX audit_logs_by_time ON audit_logs (created_at);
