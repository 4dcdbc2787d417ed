"""The tables of Xero's documented behaviour, which lie beside the project in some places only."""

import csv
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

FACTS = Path(__file__).parents[3] / "shared" / "xero"


def _path(name: str) -> Path:
    path = FACTS / name
    if not path.exists():
        pytest.skip(f"the shared table {name} is not on this machine")
    return path


def table(name: str) -> list[dict[str, str]]:
    with _path(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def json_file(name: str) -> Any:  # noqa: ANN401 - whatever it holds
    return json.loads(_path(name).read_text(encoding="utf-8"))


def where_rows() -> dict[str, dict[str, set[str]]]:
    """Endpoint -> its documented fields of `where` and of `order`."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: {"where": set(), "order": set()})
    for row in table("where_fields.tsv"):
        kind = "order" if row["combinator"] == "order" else "where"
        names = re.sub(r"\([a-z]+\)", "", row["field"]).split(",")
        found[row["endpoint"]][kind] |= {name.strip() for name in names}
    return found
