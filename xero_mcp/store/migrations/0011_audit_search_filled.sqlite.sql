-- The new columns of records that are there already.
DROP TRIGGER audit_is_never_changed;

UPDATE audit SET
    contact_id = json_extract(body, '$.contact_id'),
    amount_e4 = CAST(ROUND(json_extract(body, '$.money.amount') * 10000) AS INTEGER);

CREATE TRIGGER audit_is_never_changed
BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only: no record is ever changed');
END;
