"""Three replicas, and their PostgreSQL goes away under load: refused, recorded, and back again."""

from pathlib import Path

import pytest

from tests.replicas.trial import Size, trial
from tests.replicas.trouble import postgres_away
from tests.store.postgres_server import Server
from tests.wire.demo_process import demo_process

SIZE = Size(agents=9, calls_each=12, minute_seconds=3, bound_seconds=120)
REFUSED = "AUDIT_UNAVAILABLE"


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_calls_are_refused_while_postgres_is_away_and_none_is_lost_doubled_or_unrecorded(
    tmp_path: Path, postgres: Server
):
    with demo_process(tmp_path, "--strict-limits", **SIZE.settings) as demo:
        place = postgres.url(postgres.new_house())
        seen = await trial(tmp_path, demo, place, SIZE, trouble=postgres_away(postgres))
    assert seen.told[REFUSED] > 0
    assert seen.failed == []
    assert seen.door["refused"] == 0
    assert len(seen.in_books) == SIZE.calls / 2
    assert seen.wrong_in_books() == []
    assert seen.chain_is_valid, seen.verified
    started = [one for one in seen.records if one["kind"] == "started"]
    assert len(started) == SIZE.replicas, "all came back by themselves"
