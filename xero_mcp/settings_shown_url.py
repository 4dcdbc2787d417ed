"""How the address of a database is shown: without what is secret in it."""

import re

_HOST = r"(?:\[[0-9a-fA-F:.]+\]|[\w.%-]*)(?::[0-9]*)?"
POSTGRES_URL = re.compile(
    r"(?P<scheme>postgres(?:ql)?://)(?:(?P<user>[^:@/?#\s]*)(?P<password>:[^@/?#\s]*)?@)?"
    rf"(?P<place>{_HOST}(?:,{_HOST})*(?:/[\w.%~+-]*)?)(?:\?(?P<options>[^@\s#]*))?"
)
"""Where a password with a bare @, / or ? could be taken for a host, it is no address of ours."""
HARMLESS = frozenset(
    {
        "application_name",
        "channel_binding",
        "connect_timeout",
        "dbname",
        "host",
        "options",
        "port",
        "sslcert",
        "sslmode",
        "sslrootcert",
        "target_session_attrs",
        "user",
    }
)
"""The options in a database's URL that `doctor` shows."""


def shown_url(url: str) -> str:
    """The address of a database without what is secret in it; of an unclear one, nothing."""
    if url.startswith("sqlite:///"):
        return url
    found = POSTGRES_URL.fullmatch(url)
    if found is None:
        return "****"
    user = f"{found['user']}{':****' if found['password'] else ''}@" if found["user"] else ""
    options = (found["options"] or "").split("&")
    shown = [one if one.partition("=")[0] in HARMLESS else "****" for one in options]
    query = f"?{'&'.join(shown)}" if found["options"] else ""
    return f"{found['scheme']}{user}{found['place']}{query}"
