"""How a command ends: one number for each kind of ending, and the sentence that goes with it."""

from enum import IntEnum

from xero_mcp.cli.standard_streams import OutputLostError
from xero_mcp.errors import SettingsError, StoreUnavailableError, XeroMcpError


class ExitCode(IntEnum):
    """The exit codes of every command."""

    DONE = 0
    REFUSED = 1
    """Refused, not found, or something is wrong with what was looked at."""
    USAGE = 2
    UNREACHABLE = 3
    """A database, a folder, a port or Xero cannot be reached or opened."""


class CommandError(Exception):
    """A command cannot do what was asked: one sentence, and the next step."""

    def __init__(self, message: str, *, exit_code: ExitCode = ExitCode.REFUSED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


EXPECTED = (CommandError, SettingsError, StoreUnavailableError, XeroMcpError, OSError)
"""What may go wrong without a mistake of ours; everything else is one, and shows its traceback."""


def ending_of(error: Exception) -> tuple[str, ExitCode]:
    """The line for stderr and the exit code of one of `EXPECTED`."""
    if isinstance(error, CommandError):
        return str(error), error.exit_code
    if isinstance(error, SettingsError):
        return str(error), ExitCode.USAGE
    if isinstance(error, StoreUnavailableError):
        return str(error), ExitCode.UNREACHABLE
    if isinstance(error, XeroMcpError):
        return f"{error.message} {error.next_step}", ExitCode.UNREACHABLE
    return _of_system(error), ExitCode.UNREACHABLE


def _of_system(error: Exception) -> str:
    said = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
    if isinstance(error, OutputLostError):
        return f"The result cannot be written to stdout: {said}."
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {said}. Check that it is there and that you may open it."
    return f"{type(error).__name__}: {error}"
