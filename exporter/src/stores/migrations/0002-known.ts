/** Marks of known violations, and who made which step of a violation's life. `known_from` is `api` or `config`. */
export const SQL = `
ALTER TABLE violation ADD COLUMN known_reason text;
ALTER TABLE violation ADD COLUMN known_ticket text;
ALTER TABLE violation ADD COLUMN known_by text;
ALTER TABLE violation ADD COLUMN known_at bigint;
ALTER TABLE violation ADD COLUMN known_expires_at bigint;
ALTER TABLE violation ADD COLUMN known_from text;
ALTER TABLE violation_event ADD COLUMN actor text;
ALTER TABLE violation_event ADD COLUMN reason text;
`;
