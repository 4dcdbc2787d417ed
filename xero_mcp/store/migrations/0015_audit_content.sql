-- The hash of what stays of a record once its content is forgotten; the next record holds it too.
ALTER TABLE audit ADD COLUMN facts TEXT;
-- The record that says why, when and by whom its content was forgotten.
ALTER TABLE audit ADD COLUMN forgotten TEXT;

-- The full arguments, encrypted, apart from the log: what is deleted here is gone.
CREATE TABLE audit_sealed (
    id TEXT NOT NULL PRIMARY KEY,
    seed TEXT NOT NULL,
    box TEXT NOT NULL
);
