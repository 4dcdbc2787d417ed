-- Each agent's own calls to Xero, from the moment at which they join the queue.
CREATE TABLE agent_calls (
    id TEXT NOT NULL PRIMARY KEY,
    agent TEXT NOT NULL,
    organisation_id TEXT NOT NULL,
    at_ms BIGINT NOT NULL
);
CREATE INDEX agent_calls_of_agent ON agent_calls (agent, organisation_id, at_ms);
CREATE INDEX agent_calls_by_time ON agent_calls (at_ms);

-- The rows that an agent was shown.
CREATE TABLE agent_rows (
    intent_id TEXT NOT NULL PRIMARY KEY,
    agent TEXT NOT NULL,
    organisation_id TEXT NOT NULL,
    at TEXT NOT NULL,
    shown BIGINT NOT NULL
);
CREATE INDEX agent_rows_of_agent ON agent_rows (agent, organisation_id, at);

-- The contacts of a write, with a space between them: for what each may get in a day.
ALTER TABLE writes ADD COLUMN contacts TEXT;
