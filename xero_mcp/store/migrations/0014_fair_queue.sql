-- Whose a call is, and in which round of the queue it stands: in each round every agent has a turn.
ALTER TABLE xero_calls ADD COLUMN agent TEXT NOT NULL DEFAULT '';
ALTER TABLE xero_calls ADD COLUMN turn_round BIGINT NOT NULL DEFAULT 0;
