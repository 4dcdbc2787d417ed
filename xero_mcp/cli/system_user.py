"""Whose shell this is: what the system itself says, not what the environment claims."""

import os
import sys

NOT_KNOWN = "not known"


def system_user() -> str:
    """The name of the system's user; of no use as proof of who a person is."""
    if sys.platform == "win32":
        return _login()
    import pwd  # noqa: PLC0415 - there is none on Windows

    user_id = os.getuid()
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return f"uid {user_id}"  # a container without a passwd entry


def _login() -> str:
    try:
        return os.getlogin()
    except OSError:
        return NOT_KNOWN
