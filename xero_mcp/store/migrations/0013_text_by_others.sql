-- When an agent last was shown text that others wrote, in each of its conversations.
CREATE TABLE text_by_others (
    agent TEXT NOT NULL,
    conversation TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (agent, conversation)
);
