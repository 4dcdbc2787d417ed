"""Whoever fills an organisation does it through the API's own routes, as an app would."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

from xero_mcp.demo_company.authors import Author
from xero_mcp.demo_company.kernel import TABLES, Call, Company, Json, Route
from xero_mcp.demo_company.seed.seed_clock import SeedClock

Routes = Mapping[tuple[str, str], Route]

_OFFICE_HOUR = time(10, 30)
_CLERK = Author("Sasha Quill")


class Clerk:
    """Writes to one organisation on a day of the past. A refusal is a mistake in the seed."""

    def __init__(self, company: Company, clock: SeedClock, routes: Routes) -> None:
        self.company = company
        self._clock = clock
        self._routes = routes
        self._now = clock()
        self.today = company.today()

    def days_ago(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def on(self, day: date) -> None:
        """Let what follows happen on this day; the future happens now."""
        moment = datetime.combine(day, _OFFICE_HOUR, tzinfo=UTC)
        self._clock.stand_at(min(moment, self._now))

    def write(self, method: str, path: str, body: Json, **path_params: str) -> Json:
        """Send one request and return the inner body of its answer."""
        call = Call(
            company=self.company,
            method=method,
            path=path_params,
            body=body,
            client_id="seed",
            user=_CLERK.user,
        )
        with self.company.all_or_nothing(), self.company.acting(_CLERK):
            answer = self._routes[method, path].handle(call)
        return cast("Json", answer.body)

    def put(self, plural: str, element: Json) -> Json:
        """Create one document and return it as the API shows it."""
        return self.put_all(plural, [element])[0]

    def put_all(self, plural: str, elements: list[Json]) -> list[Json]:
        """Create several documents in one request."""
        body = self.write("PUT", f"/{plural}", {plural: cast("Any", elements)})
        return cast("list[Json]", body[plural])

    def post(self, plural: str, element: Json) -> Json:
        """Update one document, or create it where PUT is not what the noun has."""
        return self.write("POST", f"/{plural}", {plural: [element]})[plural][0]

    def attach(self, plural: str, document_id: str, name: str, content: bytes) -> None:
        """Attach a file to a document."""
        key = TABLES[plural]
        path = f"/{plural}/{{{key}}}/Attachments/{{FileName}}"
        call = Call(
            company=self.company,
            method="PUT",
            path={key: document_id, "FileName": name},
            content=content,
            client_id="seed",
            user=_CLERK.user,
        )
        with self.company.acting(_CLERK):
            self._routes["PUT", path].handle(call)

    def id_of(self, code: str) -> str:
        """The id of an account of the chart."""
        return self.company.table("Accounts").find("code", code)[0]["AccountID"]
