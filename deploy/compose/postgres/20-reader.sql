-- A login that reads what there is and what will be, and writes nothing. Its password comes from the environment.
\set ON_ERROR_STOP on
\getenv password READER_PASSWORD
CREATE ROLE lockstep_reader LOGIN PASSWORD :'password';
ALTER ROLE lockstep_reader SET default_transaction_read_only = on;
GRANT pg_read_all_data TO lockstep_reader;
REVOKE TEMPORARY ON DATABASE app FROM PUBLIC;
