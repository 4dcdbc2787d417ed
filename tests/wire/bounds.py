"""Every wait and size of these tests, by name; and where the repository is."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

START_SECONDS = 20.0
"""For a process to start and say that it listens."""
ANSWER_SECONDS = 20.0
"""For one answer of a server; far more than any takes on a busy machine."""
GONE_SECONDS = 2.0
"""What a server may take to be gone after a signal or the end of its input."""
KILL_SECONDS = 5.0
COMMAND_SECONDS = 30.0
CONTROL_SECONDS = 10.0
POLL_SECONDS = 0.02
MAX_POLLS = 1_000
MAX_LINES = 2_000
MAX_INSTRUCTIONS = 2_048
