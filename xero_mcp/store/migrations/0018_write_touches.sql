-- What a write touches in Xero, until it is known how it ended: others that touch the same wait.
CREATE TABLE write_touches (
    intent_id TEXT NOT NULL,
    touch TEXT NOT NULL,
    PRIMARY KEY (intent_id, touch)
);
CREATE INDEX write_touches_by_touch ON write_touches (touch);
