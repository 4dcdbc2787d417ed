"""A person at a terminal who is asked for a passphrase, and thinks better of it."""

import os
import pty
import select
import subprocess

from tests.cli.command import TIMEOUT_SECONDS, XeroMcp

CTRL_C = b"\x03"
MAX_READS = 500
PROMPT = b"New passphrase of jane@example.com: "


def test_ctrl_c_at_the_question_ends_the_command_at_once(xero_mcp: XeroMcp) -> None:
    ours, theirs = pty.openpty()
    # In a session of its own whose terminal this is: so Ctrl-C becomes a signal.
    opened = f'exec 0<>{os.ttyname(theirs)} 1>&0 2>&0; exec "$@"'
    command = ["sh", "-c", opened, "sh"]
    with subprocess.Popen(
        [*command, *xero_mcp.command("people", "add", "jane@example.com")],
        env=xero_mcp.environment,
        cwd=xero_mcp.folder,
        start_new_session=True,
    ) as process:
        try:
            shown = b""
            for _ in range(MAX_READS):
                if select.select([ours], [], [], 0.2)[0]:
                    shown += os.read(ours, 4_096)
                if PROMPT in shown:
                    break
            os.write(ours, CTRL_C)
            assert process.wait(timeout=TIMEOUT_SECONDS) == 1
        finally:
            process.kill()
            os.close(theirs)
            os.close(ours)
    assert PROMPT in shown
    assert xero_mcp("people", "list", "--json").json() == []
