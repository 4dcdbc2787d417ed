"""How another program starts this very installation, from wherever it runs."""

import sys
import sysconfig
from pathlib import Path
from shutil import which

PACKAGE_PARENT = Path(__file__).resolve().parents[2]


def own_command() -> list[str]:
    """The command, by its whole path."""
    script = which("xero-mcp", path=str(Path(sys.executable).parent))
    return [script] if script else [sys.executable, "-m", "xero_mcp"]


def own_environment() -> dict[str, str]:
    """For a checkout that is not installed: the command must find what runs here."""
    installed = {Path(sysconfig.get_path(kind)).resolve() for kind in ("purelib", "platlib")}
    has_script = len(own_command()) == 1
    return {} if has_script or PACKAGE_PARENT in installed else {"PYTHONPATH": str(PACKAGE_PARENT)}
