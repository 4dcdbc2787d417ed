-- One change is let through: content that a later record says was forgotten. Everything that
-- is searched, chained or counted stays as it was.
DROP TRIGGER audit_is_never_changed;

CREATE TRIGGER audit_is_never_changed
BEFORE UPDATE ON audit
WHEN NOT (
    OLD.forgotten IS NULL AND NEW.contact_id IS NULL
    AND NEW.seq IS OLD.seq AND NEW.at IS OLD.at AND NEW.kind IS OLD.kind AND NEW.id IS OLD.id
    AND NEW.intent_id IS OLD.intent_id AND NEW.approval_id IS OLD.approval_id
    AND NEW.agent IS OLD.agent AND NEW.organisation_id IS OLD.organisation_id
    AND NEW.tool IS OLD.tool AND NEW.decision IS OLD.decision AND NEW.status IS OLD.status
    AND NEW.hash IS OLD.hash AND NEW.amount_e4 IS OLD.amount_e4 AND NEW.look IS OLD.look
    AND NEW.facts IS OLD.facts
    AND EXISTS (
        SELECT 1 FROM audit AS later
        WHERE later.id = NEW.forgotten AND later.kind = 'forgotten' AND later.seq > OLD.seq
    )
)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only: no record is ever changed');
END;
