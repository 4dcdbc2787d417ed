-- What most searches narrow by, once more and apart: a record is written in few places at once, and
-- what finds it is written for many together. Whoever verifies compares the two.
CREATE TABLE audit_sought (
    seq INTEGER NOT NULL PRIMARY KEY,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    agent TEXT,
    organisation_id TEXT,
    tool TEXT,
    decision TEXT,
    status TEXT
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
CREATE TRIGGER audit_sought_takes_the_next_record_only
BEFORE INSERT ON audit_sought
WHEN NEW.seq IS NOT (
        SELECT MIN(seq) FROM audit WHERE seq > (SELECT COALESCE(MAX(seq), 0) FROM audit_sought)
    )
    OR NOT EXISTS (
        SELECT 1 FROM audit
        WHERE seq = NEW.seq AND at IS NEW.at AND kind IS NEW.kind AND agent IS NEW.agent
            AND organisation_id IS NEW.organisation_id AND tool IS NEW.tool
            AND decision IS NEW.decision AND status IS NEW.status
    )
BEGIN
    SELECT RAISE(ABORT, 'the audit log is sought as it was written: the next record only');
END;

CREATE TRIGGER audit_sought_is_never_changed
BEFORE UPDATE ON audit_sought
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only: what finds a record is never changed');
END;

CREATE TRIGGER audit_sought_is_never_cut
BEFORE DELETE ON audit_sought
WHEN OLD.seq > (SELECT COALESCE(MAX(last_seq), 0) FROM audit_purges)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only: what finds a record is never removed');
END;

-- Each call puts its row in and takes it out again: with its key apart from it that was two places.
CREATE TABLE running_by_key (
    intent_id TEXT NOT NULL PRIMARY KEY,
    instance TEXT NOT NULL,
    started_at TEXT NOT NULL,
    write_id TEXT
) WITHOUT ROWID;
INSERT INTO running_by_key (intent_id, instance, started_at, write_id)
SELECT intent_id, instance, started_at, write_id FROM running;
DROP TABLE running;
ALTER TABLE running_by_key RENAME TO running;
