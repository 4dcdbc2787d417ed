"""Which apps there are, and which scopes each may ask for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

ScopeEra = Literal["granular", "broad", "both"]

SECRET: Final = "demo-secret"  # noqa: S105 -- the published credential of the demo company

IDENTITY_SCOPES: Final = frozenset({"openid", "profile", "email"})
OFFLINE: Final = "offline_access"

_READ_AND_WRITE: Final = (
    "accounting.settings accounting.contacts accounting.attachments files assets projects "
    "payroll.employees payroll.payruns payroll.payslip payroll.settings payroll.timesheets"
)
_READ_ONLY: Final = (
    "accounting.budgets.read accounting.journals.read accounting.reports.tenninetynine.read"
)
_GRANULAR: Final = (
    "accounting.invoices accounting.payments accounting.banktransactions accounting.manualjournals"
)
_GRANULAR_REPORTS: Final = (
    "aged balancesheet banksummary budgetsummary executivesummary profitandloss trialbalance "
    "taxreports"
)
_JOURNALS: Final = "accounting.journals.read"


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A client of the identity server.

    `organisations` are the ids that client credentials see; None means that the app has no client
    credentials and only signs users in. `secret` None takes any secret: a visitor's own app.
    """

    client_id: str
    scopes: frozenset[str]
    secret: str | None = None
    organisations: tuple[str, ...] | None = None


def scopes_of(era: ScopeEra, *, custom_connection: bool = False) -> frozenset[str]:
    """Return what an app of that era may ask for; a new custom connection gets no journals."""
    shared = [*_both(_READ_AND_WRITE.split()), *_READ_ONLY.split(), *IDENTITY_SCOPES, OFFLINE]
    granular = [
        *_both(_GRANULAR.split()),
        *(f"accounting.reports.{report}.read" for report in _GRANULAR_REPORTS.split()),
    ]
    broad = [*_both(["accounting.transactions"]), "accounting.reports.read"]
    chosen = {"granular": granular, "broad": broad, "both": [*granular, *broad]}[era]
    withheld = {_JOURNALS} if custom_connection and era == "granular" else set[str]()
    return frozenset([*shared, *chosen]) - withheld


def _both(scopes: Iterable[str]) -> list[str]:
    return [variant for scope in scopes for variant in (scope, f"{scope}.read")]


class Apps:
    """The two demo apps, and any other name as a visitor's own app that signs users in."""

    def __init__(self, organisations: tuple[str, ...], *, era: ScopeEra = "granular") -> None:
        self._known = {
            "demo": App(
                client_id="demo",
                secret=SECRET,
                scopes=scopes_of(era),
                organisations=organisations,
            ),
            "demo-one": App(
                client_id="demo-one",
                secret=SECRET,
                scopes=scopes_of(era, custom_connection=True),
                organisations=organisations[:1],
            ),
        }
        self._visitors_scopes = scopes_of(era)

    def __iter__(self) -> Iterator[App]:
        return iter(self._known.values())

    def find(self, client_id: str) -> App:
        known = self._known.get(client_id)
        return known or App(client_id=client_id, scopes=self._visitors_scopes)
