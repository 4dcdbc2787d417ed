"""Kill servers at every step of a write, under load, and compare the log with Xero afterwards.

    python bench/crashes.py [--kills 200] [--lanes 3] [--seed 1]

Fails where the chain does not verify, where something that an agent heard to be done is not in
Xero or not in the log, or where something in Xero is not in the log as done or unknown.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import anyio

from tests.wire.crashing import Crashed, crash
from tests.wire.demo_process import demo_process
from tests.wire.house import House


def main() -> int:
    given = argparse.ArgumentParser(description="Kill servers at every step of a write.")
    given.add_argument("--kills", type=int, default=200)
    given.add_argument("--lanes", type=int, default=3)
    given.add_argument("--seed", type=int, default=1)
    asked = given.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, demo_process(Path(folder)) as demo:
        demo.begin_anew()
        house = House(Path(folder))
        house.connect_to(demo.url)

        async def run() -> Crashed:
            return await crash(house, demo, kills=asked.kills, lanes=asked.lanes, seed=asked.seed)

        seen = anyio.run(run)
    print(f"{seen.kills} kills in {time.monotonic() - began:.0f} s")
    for step, count in sorted(seen.by_step.items()):
        print(f"{count:>5}  {step}")
    print(f"{len(seen.heard)} writes heard to be done, {len(seen.done)} in Xero")
    for problem in seen.problems:
        print(f"PROBLEM: {problem}")
    return 1 if seen.problems or seen.kills < asked.kills else 0


if __name__ == "__main__":
    sys.exit(main())
