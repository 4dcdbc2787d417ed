-- The role as which the servers sign in: it reads and writes, but changes and removes no record of
-- the audit log. Run it with psql after each `xero-mcp store migrate`, as an owner of the tables
-- who may make roles:
--
--   SERVER_PASSWORD=... psql --file=deploy/roles.sql xero_mcp

\set ON_ERROR_STOP 1
\getenv server_password SERVER_PASSWORD
\if :{?server_password}
\else
DO $$ BEGIN
    RAISE EXCEPTION 'SERVER_PASSWORD is not set: it becomes the password of xero_mcp_server';
END $$;
\endif

BEGIN;
SELECT 'CREATE ROLE xero_mcp_server LOGIN'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'xero_mcp_server')
\gexec
ALTER ROLE xero_mcp_server PASSWORD :'server_password';
GRANT USAGE ON SCHEMA public TO xero_mcp_server;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO xero_mcp_server;
REVOKE UPDATE, DELETE ON public.audit, public.audit_sought, public.audit_checkpoints
    FROM xero_mcp_server;
REVOKE INSERT, UPDATE, DELETE ON public.migrations FROM xero_mcp_server;
COMMIT;
