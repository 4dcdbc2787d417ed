-- Remote agents: which policy file decides for each, where it is not the one of its name.
CREATE TABLE agents (
    name TEXT NOT NULL PRIMARY KEY,
    policy_file TEXT,
    added_at TEXT NOT NULL,
    added_by TEXT NOT NULL
);

-- Their keys. What is kept of one tells whether it is right, and nothing else.
CREATE TABLE agent_keys (
    id TEXT NOT NULL PRIMARY KEY,
    agent TEXT NOT NULL REFERENCES agents (name),
    digest TEXT NOT NULL,
    made_at TEXT NOT NULL,
    made_by TEXT NOT NULL,
    ends_at TEXT,
    revoked_at TEXT,
    last_used_at TEXT
);
CREATE INDEX agent_keys_of ON agent_keys (agent);
