-- Signed statements of how long the log was at a moment, and what it held up to there.
-- `peaks` lets the next one go on without reading the whole log.
CREATE TABLE audit_checkpoints (
    size INTEGER NOT NULL PRIMARY KEY,
    at TEXT NOT NULL,
    body TEXT NOT NULL,
    peaks TEXT NOT NULL
);
