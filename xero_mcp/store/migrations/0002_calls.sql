-- Calls to Xero: waiting for their turn, in flight, or ended and still counting.
-- A row may stand for many calls of somebody else, of whom Xero's own counters told us.
CREATE TABLE xero_calls (
    id TEXT NOT NULL PRIMARY KEY,
    organisation_id TEXT NOT NULL,
    holder TEXT NOT NULL,
    ticket BIGINT NOT NULL,
    state TEXT NOT NULL,
    since_ms BIGINT NOT NULL,
    until_ms BIGINT NOT NULL,
    minute_calls BIGINT NOT NULL,
    day_calls BIGINT NOT NULL,
    app_calls BIGINT NOT NULL
);
CREATE INDEX xero_calls_of_organisation
ON xero_calls (organisation_id, state, until_ms, minute_calls, day_calls);
CREATE INDEX xero_calls_in_order ON xero_calls (organisation_id, ticket);
CREATE INDEX xero_calls_by_end ON xero_calls (state, until_ms, app_calls);

-- Until when Xero asked us to leave an organisation alone; no organisation means all of them.
CREATE TABLE xero_pauses (
    organisation_id TEXT NOT NULL PRIMARY KEY,
    until_ms BIGINT NOT NULL
);
