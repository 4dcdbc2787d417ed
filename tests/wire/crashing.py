"""Several agents whose processes are killed at once, and what the log and Xero say afterwards."""

import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from anyio import to_thread

from tests.gate.world import OPEN_POLICY
from tests.wire.crash_lane import HEARD
from tests.wire.demo_process import DemoProcess
from tests.wire.house import House, Record
from xero_mcp.app import open_office
from xero_mcp.gate.spool import Spool
from xero_mcp.settings import load_settings

BOUND_SECONDS = 300


@dataclass
class Crashed:
    """What was seen."""

    by_step: Counter[str] = field(default_factory=Counter[str])
    heard: dict[str, str] = field(default_factory=dict[str, str])
    """Number -> id of what an agent heard to be done."""
    done: dict[str, str] = field(default_factory=dict[str, str])
    """The same of what Xero holds."""
    problems: list[str] = field(default_factory=list[str])

    @property
    def kills(self) -> int:
        return sum(self.by_step.values())


async def crash(house: House, demo: DemoProcess, *, kills: int, lanes: int, seed: int) -> Crashed:
    """Kill so many processes of so many agents, start once more, and compare."""
    agents = [f"lane-{number}" for number in range(lanes)]
    contact, share = demo.some_contact(), -(-kills // lanes)
    for agent in agents:
        house.write_policy(OPEN_POLICY.replace("agent: clerk", f"agent: {agent}"), agent)
    seen = Crashed()
    commands = [
        [sys.executable, "-m", "tests.wire.crash_lane", agent, str(share), str(seed + at), contact]
        for at, agent in enumerate(agents)
    ]
    await to_thread.run_sync(_run, commands, house, seen)
    await _recover(house)
    for agent in agents:
        path = house.home / f"{agent}.{HEARD}"
        for line in path.read_text().splitlines() if path.exists() else []:
            number, _, made = line.partition(" ")
            seen.heard[number] = made
    _compare(seen, house, demo)
    if not (await house.verify()).ok:
        seen.problems.append("the chain does not verify")
    return seen


def _run(commands: Sequence[Sequence[str]], house: House, seen: Crashed) -> None:
    """All at once; each says how often it was killed at which step."""
    environment = {"PATH": "/usr/bin:/bin", **house.full_environment()}
    running = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        for command in commands
    ]
    try:
        for process in running:
            said, _ = process.communicate(timeout=BOUND_SECONDS)
            for line in said.splitlines():
                count, _, step = line.partition(" ")
                seen.by_step[step] += int(count)
    finally:
        for process in running:
            process.kill()


async def _recover(house: House) -> None:
    """What the next start does first."""
    settings = load_settings(environment=house.full_environment(), env_file=house.folder / "none")
    async with open_office(settings) as office:
        await Spool(settings.home, office.store, office.audit).drain()
        await office.audit.recover(office.instances.is_live)


def _compare(seen: Crashed, house: House, demo: DemoProcess) -> None:
    records = house.records()
    known = _fates(records)
    for number, found in demo.numbered("lane-").items():
        seen.done[number] = found[0]
        if len(found) > 1:
            seen.problems.append(f"{number} was done {len(found)} times")
        if not known.get(number, set()) & {"ok", "unknown"}:
            seen.problems.append(f"{number} is in Xero; the log says {known.get(number)}")
    for number, made in seen.heard.items():
        if seen.done.get(number) != made:
            seen.problems.append(f"{number} was told as done and is not in Xero as {made}")
        if "ok" not in known.get(number, set()):
            seen.problems.append(f"{number} was told as done; the log says {known.get(number)}")
    left = house.read("SELECT COUNT(*) FROM running")[0][0]
    if left:
        seen.problems.append(f"{left} calls are still under way")


def _fates(records: list[Record]) -> dict[str, set[str]]:
    """Number -> every way in which a call for it ended, by the log."""
    numbers = {
        one["id"]: one["arguments"]["number"]
        for one in records
        if one["kind"] == "intent" and one["tool"] == "create-invoice"
    }
    fates: dict[str, set[str]] = {}
    for one in records:
        number = numbers.get(one.get("intent_id", ""))
        if number is not None:
            fates.setdefault(number, set()).add(one["status"])
    return fates
