-- The evidence: one row a record, in one chain.
CREATE TABLE audit (
    seq INTEGER NOT NULL PRIMARY KEY,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    intent_id TEXT,
    approval_id TEXT,
    agent TEXT,
    organisation_id TEXT,
    tool TEXT,
    decision TEXT,
    status TEXT,
    body TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX audit_of_intent ON audit (intent_id, seq) WHERE intent_id IS NOT NULL;
CREATE INDEX audit_of_approval ON audit (approval_id, seq) WHERE approval_id IS NOT NULL;
CREATE INDEX audit_of_agent ON audit (agent, seq);

-- Apart from the log, so that a salt can be forgotten and the chain still holds.
CREATE TABLE audit_salts (
    id TEXT NOT NULL PRIMARY KEY,
    salt TEXT NOT NULL
);

-- Calls under way.
CREATE TABLE running (
    intent_id TEXT NOT NULL PRIMARY KEY,
    instance TEXT NOT NULL,
    started_at TEXT NOT NULL,
    write_id TEXT
);

-- What was sent to Xero, and what came of it.
CREATE TABLE writes (
    intent_id TEXT NOT NULL PRIMARY KEY,
    agent TEXT NOT NULL,
    organisation_id TEXT NOT NULL,
    tool TEXT NOT NULL,
    request_digest TEXT NOT NULL,
    payload_digest TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    first_sent_at TEXT NOT NULL,
    instance TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'done', 'failed', 'unknown', 'settled')),
    answer TEXT,
    money_amount TEXT,
    money_currency TEXT
);
CREATE INDEX writes_of_request ON writes (request_digest, first_sent_at);
CREATE INDEX writes_spent ON writes (agent, organisation_id, first_sent_at);
CREATE INDEX writes_unknown ON writes (payload_digest, first_sent_at) WHERE state = 'unknown';

-- What people were asked, and what they said.
CREATE TABLE approvals (
    id TEXT NOT NULL PRIMARY KEY,
    digest TEXT NOT NULL,
    agent TEXT NOT NULL,
    organisation_id TEXT NOT NULL,
    organisation_name TEXT NOT NULL,
    tool TEXT NOT NULL,
    action TEXT NOT NULL,
    rule TEXT NOT NULL,
    reason TEXT NOT NULL,
    approvers TEXT NOT NULL,
    approvals_needed INTEGER NOT NULL CHECK (approvals_needed > 0),
    terms TEXT NOT NULL,
    answer_within_seconds INTEGER NOT NULL CHECK (answer_within_seconds > 0),
    summary TEXT NOT NULL,
    policy_file TEXT NOT NULL,
    policy_hash TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'rejected', 'used', 'expired')),
    decided_at TEXT,
    intent_id TEXT
);
CREATE INDEX approvals_of_payload ON approvals (digest, agent, asked_at);
CREATE INDEX approvals_of_status ON approvals (status, asked_at);
CREATE UNIQUE INDEX approvals_open ON approvals (digest, agent)
    WHERE status IN ('pending', 'approved');
CREATE TABLE approval_decisions (
    approval_id TEXT NOT NULL REFERENCES approvals (id),
    person TEXT NOT NULL,
    approves INTEGER NOT NULL CHECK (approves IN (0, 1)),
    note TEXT NOT NULL,
    authenticated INTEGER NOT NULL CHECK (authenticated IN (0, 1)),
    system_user TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (approval_id, person)
);

-- Small values with an end.
CREATE TABLE kept (
    name TEXT NOT NULL PRIMARY KEY,
    form TEXT NOT NULL CHECK (form IN ('text', 'base64')),
    value TEXT NOT NULL,
    expires_at TEXT
);
