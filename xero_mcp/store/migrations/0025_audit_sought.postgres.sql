-- What most searches narrow by, once more and apart: a record is written in few places at once, and
-- what finds it is written for many together. Whoever verifies compares the two.
CREATE TABLE audit_sought (
    seq BIGINT NOT NULL PRIMARY KEY,
    at TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    agent TEXT COLLATE "C",
    organisation_id TEXT COLLATE "C",
    tool TEXT COLLATE "C",
    decision TEXT COLLATE "C",
    status TEXT COLLATE "C"
);
INSERT INTO audit_sought (seq, at, kind, agent, organisation_id, tool, decision, status)
SELECT seq, at, kind, agent, organisation_id, tool, decision, status FROM audit ORDER BY seq;

DROP INDEX audit_at;
DROP INDEX audit_of_kind;
DROP INDEX audit_of_agent;
DROP INDEX audit_of_organisation;
DROP INDEX audit_of_tool;
DROP INDEX audit_of_decision;
DROP INDEX audit_of_status;
CREATE INDEX audit_sought_at ON audit_sought (at, seq);
CREATE INDEX audit_sought_of_kind ON audit_sought (kind, seq);
CREATE INDEX audit_sought_of_agent ON audit_sought (agent, seq);
CREATE INDEX audit_sought_of_organisation ON audit_sought (organisation_id, seq);
CREATE INDEX audit_sought_of_tool ON audit_sought (tool, seq);
CREATE INDEX audit_sought_of_decision ON audit_sought (decision, seq) WHERE decision IS NOT NULL;
CREATE INDEX audit_sought_of_status ON audit_sought (status, seq) WHERE status IS NOT NULL;
-- For the guard of the purges alone: it looks for the one record that tells of a purge.
CREATE INDEX audit_purged ON audit (seq) WHERE kind = 'purged';

-- The database itself lets nothing in but the next record, as it was written.
CREATE FUNCTION audit_sought_takes_the_next_record_only() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $guard$
BEGIN
    IF NEW.seq IS DISTINCT FROM (
            SELECT MIN(seq) FROM audit WHERE seq > (SELECT COALESCE(MAX(seq), 0) FROM audit_sought)
        )
        OR NOT EXISTS (
            SELECT 1 FROM audit
            WHERE seq = NEW.seq AND at IS NOT DISTINCT FROM NEW.at
                AND kind IS NOT DISTINCT FROM NEW.kind AND agent IS NOT DISTINCT FROM NEW.agent
                AND organisation_id IS NOT DISTINCT FROM NEW.organisation_id
                AND tool IS NOT DISTINCT FROM NEW.tool
                AND decision IS NOT DISTINCT FROM NEW.decision
                AND status IS NOT DISTINCT FROM NEW.status
        )
    THEN
        RAISE EXCEPTION 'the audit log is sought as it was written: the next record only'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$guard$;
CREATE TRIGGER audit_sought_takes_the_next_record_only BEFORE INSERT ON audit_sought
    FOR EACH ROW EXECUTE FUNCTION audit_sought_takes_the_next_record_only();

CREATE FUNCTION audit_sought_is_never_changed() RETURNS trigger LANGUAGE plpgsql
AS $guard$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: what finds a record is never changed'
        USING ERRCODE = 'integrity_constraint_violation';
END
$guard$;
CREATE TRIGGER audit_sought_is_never_changed BEFORE UPDATE ON audit_sought
    FOR EACH ROW EXECUTE FUNCTION audit_sought_is_never_changed();

CREATE FUNCTION audit_sought_is_never_cut() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $guard$
BEGIN
    IF OLD.seq > (SELECT COALESCE(MAX(last_seq), 0) FROM audit_purges) THEN
        RAISE EXCEPTION 'the audit log is append-only: what finds a record is never removed'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END
$guard$;
CREATE TRIGGER audit_sought_is_never_cut BEFORE DELETE ON audit_sought
    FOR EACH ROW EXECUTE FUNCTION audit_sought_is_never_cut();
CREATE TRIGGER audit_sought_is_never_emptied BEFORE TRUNCATE ON audit_sought
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_never_emptied();
-- What was just made is searched at once; the server would look at it within minutes by itself.
ANALYZE audit_sought;
