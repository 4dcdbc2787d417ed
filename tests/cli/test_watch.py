"""`xero-mcp watch`, as a person and a scheduler run it."""

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import partial
from typing import IO

import anyio
import httpx2
import pytest

from tests.changes.feed_rows import (
    Put,
    bill,
    position,
    put,
    put_finding,
)
from tests.changes.hook import Hook, hook
from tests.cli.command import Ended, XeroMcp
from tests.cli.company import company
from tests.cli.mail_server import mail_server
from tests.cli.test_audit_crosscheck import steal
from tests.cli.test_reconcile import ask_for_bill
from tests.store.postgres_server import Server
from tests.wire.waiting import until
from xero_mcp.cli import main
from xero_mcp.tool.access import Area

KEPT = {"XERO_MCP_CATCH_UP_SECONDS": "900"}
KEY = "a key that both of us have"
SECONDS = 30.0
WATCH = ("watch", "--seconds", "60")
PAID = Put(
    mark="7",
    now={**bill("7").now, "type": "sales", "status": "paid"},
    before={"status": "authorised"},
    area=Area.INVOICES,
)


class Here(XeroMcp):
    """The same command in this process: a start less for each."""

    def __init__(self, real: XeroMcp, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__(real.home, real.folder)
        self._capsys = capsys

    def __call__(self, *arguments: str, **settings: str) -> Ended:
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("XERO_")]:
                patch.delenv(name)
            for name, value in (self.environment | settings).items():
                patch.setenv(name, value)
            patch.chdir(self.folder)
            self._capsys.readouterr()
            code = main.run(list(arguments))
        said = self._capsys.readouterr()
        return Ended(code=code, out=said.out, err=said.err)


@pytest.fixture
def here(xero_mcp: XeroMcp, capsys: pytest.CaptureFixture[str]) -> XeroMcp:
    return Here(xero_mcp, capsys)


def fill(run: XeroMcp, *changes: Put) -> None:
    anyio.run(put, run.home, changes)


def numbers(said: str) -> list[str]:
    return [word.removeprefix("INV-") for word in said.split() if word.startswith("INV-")]


def rules(run: XeroMcp, text: str) -> str:
    path = run.folder / "watches.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def posting(url: str, name: str = "bills") -> str:
    then = f'{{ post: "{url}", key_env: WATCH_KEY }}'
    return f"  - {{ name: {name}, when: bill created, then: {then} }}\n"


def post_rules(run: XeroMcp, *urls: str) -> str:
    listed = "".join(posting(url, f"bills-{number}") for number, url in enumerate(urls))
    return rules(run, f"rules:\n{listed}")


def events(receiver: Hook) -> list[str]:
    return [
        one["now"]["number"].removeprefix("INV-")
        for _, body in receiver.posts
        for one in json.loads(body)["events"]
    ]


class Lines:
    """A stream of a process, line by line, each within a bound."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        assert stream is not None
        self._descriptor = stream.fileno()
        self._left = b""

    def next(self) -> str:
        for _ in range(1_000):
            line, end, rest = self._left.partition(b"\n")
            if end:
                self._left = rest
                return line.decode()
            assert self.has_more(SECONDS), "nothing came"
            piece = os.read(self._descriptor, 65_536)
            assert piece, "it ended"
            self._left += piece
        raise AssertionError("a line without an end")

    def has_more(self, seconds: float) -> bool:
        return bool(self._left) or bool(select.select([self._descriptor], [], [], seconds)[0])

    def until(self, word: str) -> str:
        """Read on to the line that says so."""
        for _ in range(100):
            line = self.next()
            if word in line:
                return line
        raise AssertionError(word)


def ended(process: "subprocess.Popen[bytes]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=SECONDS)
    return process.returncode, out.decode(), err.decode()


def test_what_is_there_is_told_as_plain_lines(xero_mcp: XeroMcp, here: XeroMcp) -> None:
    odd = Put(mark="9", now={"name": "Evil \x1b[2J\nLtd"}, area=Area.CONTACTS)
    fill(xero_mcp, bill("1"), bill("2", "10.00"), PAID, odd)
    all_of_them = xero_mcp("watch", "--from-start", "--once", **KEPT)
    assert all_of_them.code == 0, all_of_them.err
    assert all_of_them.err == ""
    assert all_of_them.is_plain
    first, _, paid, contact = all_of_them.out.splitlines()
    assert first == (
        "2026-03-02 09:30:00 UTC  created   Bill INV-1 (Bolt Ltd, 1500.00 GBP) in "
        "aef86862-2015-4b6b-88bc-d89032cecc50: created; by others."
    )
    assert paid.endswith(": status authorised -> paid; by others.")
    assert "Contact Evil [2J Ltd in aef86862" in contact
    chosen = ("--when", "bill over 1000 GBP", "--when", "invoice paid")
    some = here("watch", "--from-start", "--once", *chosen, **KEPT)
    assert numbers(some.out) == ["1", "7"]
    since = here("watch", "--since", "2026-03-03", "--once", **KEPT)
    assert (since.code, since.out) == (0, "")


def test_json_is_an_event_a_line(here: XeroMcp) -> None:
    fill(here, bill("1"), PAID)
    told = here("watch", "--from-start", "--once", "--json", **KEPT)
    created, paid = (json.loads(line) for line in told.out.splitlines())
    assert created["eventType"] == "CREATE"
    assert paid["before"] == {"status": "authorised"}
    assert paid["after"] == {"status": "paid"}
    assert paid["now"]["total"] == "1500.00"


def test_changes_are_told_as_they_come_until_ctrl_c(xero_mcp: XeroMcp) -> None:
    fill(xero_mcp, bill("1"))
    xero_mcp.environment |= KEPT
    with xero_mcp.start(*WATCH, "--when", "bill over 1000 GBP") as watching:
        told = Lines(watching.stdout)
        Lines(watching.stderr).until("Watching when a bill comes to more than 1000.00 GBP")
        for number in range(2, 40):  # the first may come before it looks
            fill(xero_mcp, bill(f"{number}"))
            if told.has_more(1.0):
                break
        assert "INV-" in told.next()
        watching.send_signal(signal.SIGINT)
        code, _, said = ended(watching)
    assert code == 0
    assert said.strip().endswith("Stopped.")
    assert "Traceback" not in said


def test_a_reader_that_goes_away_ends_it(xero_mcp: XeroMcp) -> None:
    fill(xero_mcp, *[bill(f"{number}") for number in range(1, 200)])
    command = " ".join(xero_mcp.command("watch", "--from-start", "--seconds", "20"))
    done = subprocess.run(
        ["sh", "-c", f"{command} 2>errors | head -1; cat errors"],
        env=xero_mcp.environment | KEPT,
        cwd=xero_mcp.folder,
        check=True,
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
    )
    assert done.stdout.startswith("2026-03-02")
    assert "Traceback" not in done.stdout
    assert "Error" not in done.stdout


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--when", "invoce paid"), 2, "did you mean `invoice paid`?"),
        (("--when", "bill over 1000"), 2, "`over 1000 GBP`"),
        (("--since", "yesterday"), 2, "--since"),
        (("--since", "2026-03-02", "--from-start"), 2, "not both"),
        (("--rules", "x.yaml", "--when", "bill"), 2, "--rules"),
        (("--rules", "missing.yaml"), 3, "missing.yaml"),
        (("--check", "missing.yaml"), 3, "missing.yaml"),
    ],
)
def test_what_cannot_be_meant_is_one_clear_line(
    here: XeroMcp, options: tuple[str, ...], code: int, said: str
) -> None:
    fill(here)
    shown = here("watch", *options, **KEPT)
    assert shown.code == code
    assert shown.is_one_clear_line
    assert said in shown.err


def test_where_no_feed_is_kept_it_says_what_to_set(here: XeroMcp) -> None:
    assert "no database" in here("watch", "--once", **KEPT).err
    fill(here)
    shown = here("watch", "--once")
    assert shown.code == 1
    assert shown.is_one_clear_line
    assert "XERO_WEBHOOK_KEY" in shown.err
    fill(here, bill("1"))
    there = here("watch", "--once", "--from-start")
    assert there.code == 0
    assert "Nothing fills the feed" in there.err
    assert numbers(there.out) == ["1"]


def test_what_a_cross_check_found_needs_no_feed(here: XeroMcp) -> None:
    fill(here)
    anyio.run(put_finding, here.home)
    told = here("watch", "--when", "outside the log", "--from-start", "--once")
    assert told.code == 0, told.err
    assert "1 without a record" in told.out
    assert "  found     " in told.out


def test_check_says_what_rules_mean_and_what_is_missing(here: XeroMcp) -> None:
    file = rules(
        here,
        "rules:\n"
        "  - { name: paid, when: invoice paid, then: print }\n"
        "  - { name: told, when: bill, then: { mail: a@example.com } }\n"
        + posting("https://a.example"),
    )
    shown = here("watch", "--check", file)
    assert shown.code == 1
    assert shown.out.splitlines()[0] == "paid: when an invoice becomes PAID, it prints it."
    assert "Rule told: There is no mail server: set XERO_MCP_SMTP_URL" in shown.err
    assert "Rule bills: the setting WATCH_KEY is not there." in shown.err
    url = "smtp://127.0.0.1:1?from=a@example.com"
    good = here("watch", "--check", file, WATCH_KEY=KEY, XERO_MCP_SMTP_URL=url)
    assert (good.code, good.err) == (0, "")
    short = here("watch", "--check", file, WATCH_KEY="short", XERO_MCP_SMTP_URL=url)
    assert "too short for a key" in short.err
    (here.folder / ".env").write_text(f'WATCH_KEY="{KEY}"\n', encoding="utf-8")
    assert here("watch", "--check", file, XERO_MCP_SMTP_URL=url).code == 0
    wrong = rules(here, "rules:\n  - { name: a, when: invoce paid, then: print }\n")
    shown = here("watch", "--check", wrong)
    assert shown.code == 1
    assert shown.out.startswith(f"{wrong}:2:22: `when`: `invoce paid` is not understood")


@pytest.mark.skipif(sys.platform == "win32", reason="files have no such rights there")
def test_a_key_file_is_for_its_owner_alone(here: XeroMcp) -> None:
    then = "{ post: 'https://a.example', key_file: watch.key }"
    file = rules(here, f"rules:\n  - {{ name: a, when: bill, then: {then} }}\n")
    assert "cannot be read (FileNotFoundError)" in here("watch", "--check", file).err
    key = here.folder / "watch.key"
    key.write_text(f"{KEY}\n", encoding="utf-8")
    key.chmod(0o644)
    shown = here("watch", "--check", file)
    assert "chmod 600" in shown.err
    assert KEY not in shown.out + shown.err
    key.chmod(0o600)
    assert here("watch", "--check", file).code == 0


def test_a_scheduler_is_told_of_each_change_once(here: XeroMcp) -> None:
    with hook() as receiver:
        file = post_rules(here, receiver.url)
        settings = KEPT | {"WATCH_KEY": KEY}
        fill(here, bill("1"))
        assert here("watch", "--rules", file, "--once", **settings).code == 0
        assert receiver.posts == []  # a new rule begins now
        fill(here, bill("2"), bill("3"))
        assert here("watch", "--rules", file, "--once", **settings).code == 0
        assert here("watch", "--rules", file, "--once", **settings).code == 0
        assert events(receiver) == ["2", "3"]
        receiver.statuses = [503]
        fill(here, bill("4"))
        failed = here("watch", "--rules", file, "--once", **settings)
        assert failed.code == 3
        assert "it answers with status 503. It stays for the next run." in failed.err
        receiver.statuses = []
        assert here("watch", "--rules", file, "--once", **settings).code == 0
    ids = {json.loads(body)["events"][0]["id"] for _, body in receiver.posts[1:]}
    assert len(ids) == 1  # three tries and the one that was taken
    assert events(receiver)[-1] == "4"


def test_a_mail_goes_to_each_address_and_says_what_happened(here: XeroMcp) -> None:
    text = (
        "rules:\n  - name: bank-details\n    when: bank details changed\n"
        "    then: { mail: [a@example.com, b@example.com] }\n"
    )
    file = rules(here, text)
    now = {"name": "Bolt Ltd", "bank_details": "new-digest"}
    changed = Put(mark="1", now=now, before={"bank_details": "old-digest"}, area=Area.CONTACTS)
    fill(here, changed)
    with mail_server() as server:
        options = ("watch", "--rules", file, "--once", "--from-start")
        done = here(*options, **KEPT, XERO_MCP_SMTP_URL=server.url)
        assert done.code == 0, done.err
        again = here(*options, **KEPT, XERO_MCP_SMTP_URL=server.url)
        assert again.code == 0
        first, second = server.mails
    assert [first["To"], second["To"]] == ["a@example.com", "b@example.com"]
    assert first["Subject"] == "bank-details: a change in Xero"
    body = first.get_body(("plain",))
    assert body is not None
    said = body.get_content()
    assert "bank details changed; by others." in said
    assert "digest" not in said


@pytest.mark.slow
def test_a_killed_watch_goes_on_where_it_was(xero_mcp: XeroMcp, here: XeroMcp) -> None:
    """Told and noted: not again. Told and not noted: once more, under the same id. Else: told."""
    with hook() as receiver, hook() as silent:
        silent.is_silent = True
        file = post_rules(xero_mcp, receiver.url, silent.url)
        settings = KEPT | {"WATCH_KEY": KEY}
        xero_mcp.environment |= settings
        fill(xero_mcp, bill("1"))
        with xero_mcp.start(
            "watch", "--seconds", "60", "--rules", file, "--from-start"
        ) as watching:
            assert receiver.came.wait(SECONDS)
            assert silent.came.wait(SECONDS)
            wait_for_position(xero_mcp, "feed:bills-0", 1)
            watching.kill()
            watching.communicate(timeout=SECONDS)
        fill(xero_mcp, bill("2"))
        silent.is_silent = False
        for _ in range(2):
            done = here("watch", "--rules", file, "--once", **settings)
            assert done.code == 0, done.err
    assert events(receiver) == ["1", "2"]
    assert events(silent) == ["1", "1", "2"]
    told, again = (json.loads(body)["events"][0]["id"] for _, body in silent.posts)
    assert told == again


def test_one_rule_is_at_work_in_one_process(xero_mcp: XeroMcp, here: XeroMcp) -> None:
    with hook() as receiver:
        file = post_rules(xero_mcp, receiver.url)
        settings = KEPT | {"WATCH_KEY": KEY}
        xero_mcp.environment |= settings
        fill(xero_mcp, bill("1"))
        with xero_mcp.start(
            "watch", "--seconds", "60", "--rules", file, "--from-start"
        ) as watching:
            assert receiver.came.wait(SECONDS)
            second = here("watch", "--rules", file, "--once", **settings)
            watching.kill()
            watching.communicate(timeout=SECONDS)
        assert second.code == 1
        assert "The rule bills-0 is at work in another process" in second.err
        assert second.is_one_clear_line
        assert here("watch", "--rules", file, "--once", **settings).code == 0


@pytest.mark.slow
def test_a_change_past_the_server_is_told_by_a_watch_that_cross_checks(xero_mcp: XeroMcp) -> None:
    with company(xero_mcp, "--control") as at:
        anyio.run(partial(ask_for_bill, xero_mcp, at, "A-1"))
        steal(at)
        xero_mcp.environment |= at.settings
        options = ("--when", "outside the log", "--crosscheck", "1d", "--json")
        with xero_mcp.start(*WATCH, *options) as watching:
            found = json.loads(Lines(watching.stdout).next())
            watching.send_signal(signal.SIGINT)
            code, _, said = ended(watching)
    assert code == 0, said
    assert found["eventCategory"] == "CROSSCHECK"
    assert "1 without a record" in found["says"]
    assert found["organisation"] == "Demo Company (Global)"


def means_it(url: str) -> bool:
    """Whether the server has shown that it means to receive: nothing is delivered before."""
    subscribed = httpx2.get(f"{url}/_demo/webhooks").json()
    return bool(subscribed[0]["intent_to_receive"] == "ok")


@pytest.mark.slow
def test_what_somebody_does_in_xero_is_told_by_a_watch(xero_mcp: XeroMcp) -> None:
    """The whole way: Xero's webhook, the server's reading, the feed, the watch."""
    with company(xero_mcp, "--control") as at:
        assert xero_mcp("agents", "add", "bookkeeper").code == 0
        key = "the-signing-key-of-the-webhook"
        xero_mcp.environment |= at.settings | {"XERO_WEBHOOK_KEY": key}
        with (
            xero_mcp.start("serve", "--transport", "http", "--port", "0") as server,
            xero_mcp.start(*WATCH, "--when", "bill created and over 900 USD") as watching,
        ):
            try:
                url = re.search(r"http://[0-9.]+:[0-9]+", Lines(server.stderr).until("serving MCP"))
                assert url
                Lines(watching.stderr).until("Watching when a bill is created")
                subscribed = {"url": f"{url[0]}/webhooks/xero", "key": key}
                httpx2.post(f"{at.url}/_demo/webhooks", json=subscribed).raise_for_status()
                until(lambda: means_it(at.url))
                steal(at)
                told = Lines(watching.stdout).next()
            finally:
                for process in (server, watching):
                    process.kill()
                    process.communicate(timeout=SECONDS)
    assert "Bill STOLEN (" in told
    assert told.endswith(" in Demo Company (Global): created; by others.")


@pytest.mark.parametrize(
    "options",
    [
        ("--crosscheck", "1h"),
        ("--crosscheck", "1h", "--when", "outside the log", "--once"),
        ("--crosscheck", "1m", "--when", "outside the log"),
        ("--crosscheck", "hourly", "--when", "outside the log"),
    ],
)
def test_a_cross_check_that_would_tell_nobody_is_refused(
    here: XeroMcp, options: tuple[str, ...]
) -> None:
    shown = here("watch", *options, **KEPT)
    assert shown.code == 2
    assert shown.is_one_clear_line
    assert "--crosscheck" in shown.err


@pytest.mark.slow
def test_rules_keep_their_place_and_their_claim_on_postgres(
    xero_mcp: XeroMcp, here: XeroMcp, postgres: Server
) -> None:
    url = postgres.url(postgres.new_house(), user="postgres:hunter2")
    settings = KEPT | {"WATCH_KEY": KEY, "XERO_MCP_DATABASE_URL": url}
    xero_mcp.environment |= settings
    with hook() as receiver, hook() as silent:
        file = post_rules(xero_mcp, receiver.url, silent.url)
        anyio.run(put, xero_mcp.home, [bill("1"), bill("2")], url)
        silent.is_silent = True
        with xero_mcp.start(*WATCH, "--rules", file, "--from-start") as watching:
            assert silent.came.wait(SECONDS)
            second = here("watch", "--rules", file, "--once", **settings)
            watching.kill()
            watching.communicate(timeout=SECONDS)
        assert second.code == 1
        assert "is at work in another process" in second.err
        silent.is_silent = False
        anyio.run(put, xero_mcp.home, [bill("3")], url)
        wait_until_free(here, file, settings)
    assert list(dict.fromkeys(events(receiver))) == ["1", "2", "3"]
    assert events(silent) == ["1", "2", "1", "2", "3"]


def wait_until_free(run: XeroMcp, file: str, settings: Mapping[str, str]) -> None:
    """The database notices at its own pace that a process is gone."""
    for _ in range(100):
        done = run("watch", "--rules", file, "--once", **settings)
        if done.code == 0:
            return
        assert "is at work in another process" in done.err, done.err
        time.sleep(0.1)
    raise AssertionError("the claim of a dead process held")


def wait_for_position(run: XeroMcp, place: str, seq: int) -> None:
    for _ in range(300):
        if anyio.run(position, run.home, place) == seq:
            return
        time.sleep(0.1)
    raise AssertionError("the position did not move")
