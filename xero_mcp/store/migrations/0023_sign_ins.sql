-- What people signed in to in Xero: one row for each consent, its tokens sealed.
CREATE TABLE sign_ins (
    id TEXT NOT NULL PRIMARY KEY,
    host TEXT NOT NULL,
    client_id TEXT NOT NULL,
    auth_event_id TEXT NOT NULL,
    scopes TEXT NOT NULL,
    signed_in_at TEXT NOT NULL,
    signed_in_by TEXT NOT NULL,
    xero_person TEXT NOT NULL,
    sealed TEXT NOT NULL,
    generation INTEGER NOT NULL,
    refreshed_at TEXT NOT NULL,
    refresh_by TEXT NOT NULL,
    over_at TEXT,
    over_why TEXT,
    lease_holder TEXT,
    lease_ends_at TEXT
);

-- Which organisation is reached through which of them: one at a time.
CREATE TABLE sign_in_organisations (
    host TEXT NOT NULL,
    organisation_id TEXT NOT NULL,
    sign_in_id TEXT NOT NULL REFERENCES sign_ins (id),
    connection_id TEXT NOT NULL,
    name TEXT NOT NULL,
    tenant_type TEXT NOT NULL,
    connected_at TEXT NOT NULL,
    cut_off_at TEXT,
    PRIMARY KEY (host, organisation_id)
);
CREATE INDEX sign_in_organisations_of ON sign_in_organisations (sign_in_id);
