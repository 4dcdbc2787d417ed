"""A browser with a person before it, as a program: `BROWSER='python -m tests.cli.browser … %s'`.

It opens the address, chooses organisations on Xero's page, and goes where it is sent back to.
"""

import argparse
import html
import re
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

TIMEOUT_SECONDS = 20


def opened(url: str, data: bytes | None = None) -> tuple[str, str]:
    """The page, and where it sends the browser."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=TIMEOUT_SECONDS)
    try:
        target = f"{parts.path}?{parts.query}"
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if data else {}
        connection.request("POST" if data else "GET", target, body=data, headers=headers)
        answer = connection.getresponse()
        return answer.read().decode(), answer.getheader("Location", "")
    finally:
        connection.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--choose", action="append", default=[])
    parser.add_argument("--cancel", action="store_true")
    parser.add_argument("--state", default="")
    parser.add_argument("url")
    asked = parser.parse_args()
    page, back = opened(asked.url)
    if not back:
        form = re.search(r'action="(\?[^"]*)"', page)
        if form is None:
            raise SystemExit(f"no form: {page}")
        boxes = re.findall(r'name="tenant" value="([^"]+)"[^>]*> ([^<]+)<', page)
        chosen = [("tenant", value) for value, name in boxes if html.unescape(name) in asked.choose]
        fields = [*chosen, ("decision", "cancel" if asked.cancel else "allow")]
        action = f"{asked.url.partition('?')[0]}{html.unescape(form[1])}"
        _, back = opened(action, urlencode(fields).encode())
    if asked.state:
        back = re.sub(r"state=[^&]*", f"state={asked.state}", back)
    if urlsplit(back).hostname != "localhost":
        raise SystemExit(f"sent to {back}")
    opened(back)


if __name__ == "__main__":
    main()
