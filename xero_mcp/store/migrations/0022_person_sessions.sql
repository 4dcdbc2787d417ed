-- People who are signed in to the approval page: in every replica, until a passphrase changes.
CREATE TABLE person_sessions (
    token_hash TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    passphrase_mark TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    ends_at TEXT NOT NULL
);
