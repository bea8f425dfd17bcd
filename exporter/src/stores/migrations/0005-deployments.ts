/** Deployments that were announced. */
export const SQL = `
CREATE TABLE deployment (
  id text {binary} NOT NULL PRIMARY KEY,
  at bigint NOT NULL,
  name text NOT NULL,
  version text,
  stage text,
  note text,
  announced_by text NOT NULL
);
CREATE INDEX deployment_by_time ON deployment (at, id);
`;
