"""What the server did wrong itself: its kind and its place go to stderr, its text nowhere."""

import sys
import traceback
from pathlib import Path

MAX_FRAMES = 4


def say_mistake(error: BaseException) -> str:
    """Tell whoever reads stderr, and return the kind; the text may hold data or a secret."""
    frames = traceback.extract_tb(error.__traceback__)[-MAX_FRAMES:]
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
    kind = type(error).__name__
    sys.stderr.write(f"xero-mcp: a mistake of the server's own: {kind} at {places}\n")
    return kind
