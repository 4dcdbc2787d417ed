-- What a reviewer looks for: a contact, an amount, what needs a look. They repeat parts of the
-- body, like the other columns, and whoever verifies compares them too.
ALTER TABLE audit ADD COLUMN contact_id TEXT;
-- The amount in ten-thousandths, to be compared and never to be calculated with.
ALTER TABLE audit ADD COLUMN amount_e4 BIGINT;
-- Why somebody should look at it; words with commas between.
ALTER TABLE audit ADD COLUMN look TEXT;

CREATE INDEX audit_of_organisation ON audit (organisation_id, seq);
CREATE INDEX audit_of_tool ON audit (tool, seq);
CREATE INDEX audit_of_kind ON audit (kind, seq);
CREATE INDEX audit_of_decision ON audit (decision, seq) WHERE decision IS NOT NULL;
CREATE INDEX audit_of_status ON audit (status, seq) WHERE status IS NOT NULL;
CREATE INDEX audit_of_contact ON audit (contact_id, seq) WHERE contact_id IS NOT NULL;
CREATE INDEX audit_of_amount ON audit (amount_e4, seq) WHERE amount_e4 IS NOT NULL;
CREATE INDEX audit_to_look_at ON audit (seq) WHERE look IS NOT NULL;
CREATE INDEX audit_at ON audit (at, seq);

-- Calls that somebody has looked at; the record of that stands in the log.
CREATE TABLE audit_reviews (
    call_id TEXT NOT NULL PRIMARY KEY,
    review_id TEXT NOT NULL
);
