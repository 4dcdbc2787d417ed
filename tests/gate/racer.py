"""One of several processes that race, which prints what it heard as JSON.

`python racer.py FOLDER WHAT NAME DATABASE_URL`
"""

import json
import sys
from pathlib import Path

import anyio

from tests.gate.world import World, bill, code_of, world

CALLS = 16
NUMBER = "RACE-1"


async def one(house: World, name: str, number: int, what: str, heard: list[str]) -> None:
    if what == "money":
        # All different, so that no budget but the day's stands in the way.
        cents = f"{10 + number}.{ord(name) - ord('a') + 1:02}"
        arguments = bill(house.supplier(), cents, number=f"{name}-{number}")
    else:
        arguments = bill(house.supplier(), "600.00", number=NUMBER)
    answer = await house.call("create-invoice", arguments)
    heard.append("repeated" if answer.content.get("repeated") else code_of(answer))


async def race(folder: Path, what: str, name: str, database_url: str) -> None:
    async with world(folder, races=True, database_url=database_url) as house:
        await house.good("list-accounts")
        heard: list[str] = []
        async with anyio.create_task_group() as group:
            for number in range(CALLS):
                group.start_soon(one, house, name, number, what, heard)
        made = [
            str(row["Total"])
            for row in house.books.table("Invoices")
            if str(row["InvoiceNumber"]).startswith((f"{name}-", NUMBER))
        ]
    sys.stdout.write(json.dumps({"heard": heard, "made": made}))


if __name__ == "__main__":
    anyio.run(race, Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4])
