-- Who may approve, and what proves that it is them.
CREATE TABLE people (
    email TEXT NOT NULL PRIMARY KEY,
    added_at TEXT NOT NULL,
    added_by TEXT NOT NULL,
    salt TEXT,
    proof TEXT,
    failures INTEGER NOT NULL DEFAULT 0,
    locked_until TEXT
);

-- Whether only the word of a person who gave a passphrase counts.
ALTER TABLE approvals ADD COLUMN strictly INTEGER NOT NULL DEFAULT 0;
