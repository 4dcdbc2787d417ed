"""The demo companies, ready to work with. Begin here."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Literal

from xero_mcp.demo_company.kernel import Company
from xero_mcp.demo_company.routes.all_routes import all_routes
from xero_mcp.demo_company.seed.agenda import Agenda
from xero_mcp.demo_company.seed.awkward import Awkward
from xero_mcp.demo_company.seed.banking import Banking
from xero_mcp.demo_company.seed.clerk import Clerk, Routes
from xero_mcp.demo_company.seed.credits import Credits
from xero_mcp.demo_company.seed.large import Crowd
from xero_mcp.demo_company.seed.organisations import COUNTRIES, Founding, found
from xero_mcp.demo_company.seed.paperwork import Paperwork
from xero_mcp.demo_company.seed.people import enter_contacts
from xero_mcp.demo_company.seed.seed_clock import SeedClock
from xero_mcp.demo_company.seed.trade import MONTHS, Trade, month_before

LOCKED_MONTHS_AGO = 3

Size = Literal["small", "large"]


def demo_companies(
    *, now: Callable[[], datetime], seed: int = 1, size: Size = "small"
) -> dict[str, Company]:
    """Return Global, NZ and UK by organisation id, in this order.

    The same seed on the same day gives the same books, ids included. `large` puts 20,000 invoices
    and 5,000 contacts into the Global company.
    """
    routes = all_routes()
    companies = [
        demo_company(
            Founding(country=country, seed=seed, now=now),
            routes,
            large=size == "large" and country == "Global",
        )
        for country in COUNTRIES
    ]
    return {company.id: company for company in companies}


def demo_company(founding: Founding, routes: Routes, *, large: bool = False) -> Company:
    """Found one organisation and let it trade for half a year, until now."""
    clock = SeedClock(founding.now)
    company = _founded_in_the_past(founding, clock)
    clerk = Clerk(company, clock, routes)
    opening = month_before(clerk.today, MONTHS)
    contacts = enter_contacts(clerk, founding.country, opening - timedelta(days=14))
    trade = Trade(clerk, contacts)
    agenda = Agenda(clerk.today)
    trade.plan(agenda)
    Banking(clerk, contacts).plan(agenda)
    agenda.run()
    Awkward(clerk, trade, contacts).enter()
    Credits(clerk, contacts).give()
    Paperwork(clerk, contacts).file()
    if large:
        Crowd(clerk).fill()
    _lock(company, founding.country, clerk.today)
    clock.release()
    return company


def _founded_in_the_past(founding: Founding, clock: SeedClock) -> Company:
    now = founding.now()
    clock.stand_at(now - timedelta(days=400))
    company = found(Founding(country=founding.country, seed=founding.seed, now=clock))
    clock.stand_at(now)
    return company


def _lock(company: Company, country: str, today: date) -> None:
    """Close the first months of the British company, once they are entered."""
    if country == "UK":
        locked = month_before(today, LOCKED_MONTHS_AGO) - timedelta(days=1)
        company.organisation = {**company.organisation, "PeriodLockDate": locked}
