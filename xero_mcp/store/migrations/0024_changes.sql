-- Deliveries of webhooks that were taken: by this a repeat is known for one.
CREATE TABLE webhook_deliveries (
    digest TEXT NOT NULL PRIMARY KEY,
    received_at TEXT NOT NULL
);
CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (received_at);

-- What Xero told, each event once, however often and in whatever order it came.
CREATE TABLE webhook_events (
    id TEXT NOT NULL PRIMARY KEY,
    organisation_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    event_at TEXT NOT NULL,
    received_at TEXT NOT NULL
);
CREATE INDEX webhook_events_by_time ON webhook_events (received_at);

-- The numbers of the events that came, as ranges: what lies between two of them is missing.
CREATE TABLE webhook_ranges (
    first_sequence BIGINT NOT NULL PRIMARY KEY,
    last_sequence BIGINT NOT NULL,
    since TEXT NOT NULL,
    event_at TEXT NOT NULL
);

-- How many deliveries ended how, day by day.
CREATE TABLE webhook_counts (
    day TEXT NOT NULL,
    outcome TEXT NOT NULL,
    amount BIGINT NOT NULL,
    latest_at TEXT NOT NULL,
    PRIMARY KEY (day, outcome)
);

-- What is to be read again in Xero: once, however many events ask for it.
CREATE TABLE change_pending (
    organisation_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    events BIGINT NOT NULL,
    is_new BIGINT NOT NULL,
    first_event_at TEXT NOT NULL,
    event_at TEXT NOT NULL,
    wanted_at TEXT NOT NULL,
    due_at TEXT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    holder TEXT,
    lease_ends_at TEXT,
    PRIMARY KEY (organisation_id, resource, resource_id)
);
CREATE INDEX change_pending_by_due ON change_pending (due_at);

-- The newest state of each thing that we have seen, its fields sealed.
CREATE TABLE change_known (
    organisation_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    contact_id TEXT,
    updated_at TEXT NOT NULL,
    digest TEXT NOT NULL,
    sealed TEXT NOT NULL,
    PRIMARY KEY (organisation_id, resource, resource_id)
);
CREATE INDEX change_known_by_contact ON change_known (contact_id);

-- The feed: each change once, in the order in which it was noticed.
CREATE TABLE changes (
    seq BIGINT NOT NULL PRIMARY KEY,
    organisation_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    mark TEXT NOT NULL,
    area TEXT NOT NULL,
    contact_id TEXT,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    noticed_at TEXT NOT NULL,
    audit_id TEXT,
    events BIGINT NOT NULL,
    sealed TEXT NOT NULL
);
CREATE UNIQUE INDEX changes_once ON changes (organisation_id, resource, resource_id, mark);
CREATE INDEX changes_by_time ON changes (noticed_at);
CREATE INDEX changes_by_contact ON changes (contact_id);

-- The cursor of the last change that there ever was, also where it was forgotten since.
CREATE TABLE change_cursor (
    name TEXT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL
);

-- How far each kind of thing of an organisation was asked for, and who asks now.
CREATE TABLE change_positions (
    organisation_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    since TEXT NOT NULL,
    next_at TEXT NOT NULL,
    polled_at TEXT,
    failures BIGINT NOT NULL DEFAULT 0,
    problem TEXT,
    calm_until TEXT,
    holder TEXT,
    lease_ends_at TEXT,
    PRIMARY KEY (organisation_id, resource)
);

-- How far each watch of a person has told the feed.
CREATE TABLE watch_positions (
    name TEXT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    at TEXT NOT NULL
);
