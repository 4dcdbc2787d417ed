"""What is sold and bought month after month, in all three organisations."""

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["ACCREC", "ACCPAY"]

# Kind, contact, day of the month, every nth month, account, quantities, unit amounts in cents,
# text. What a country has no contact for is not traded there.
_TABLE: Final = """
ACCREC larkfield 4 1 200 1-1 180000-420000 Reading room fit-out, stage
ACCREC bakehouse 9 1 200 1-2 35000-90000 Shop signage and menu boards
ACCREC dental 12 1 200 8-20 8500-8500 Waiting room refresh, hours of design
ACCREC theatre 16 1 200 6-18 6500-6500 Set painting, hours
ACCREC kites 20 2 200 2-6 14550-14550 Kite display stand, ash and steel
ACCREC rowing 24 2 200 1-1 42000-118000 Boat house lettering
ACCREC teas 6 3 200 1-4 19999-19999 Tea caddy display "No. 4" & fittings
ACCREC cafe 14 3 200 3-9 7250-7250 Window lettering & chalk boards
ACCREC palm 18 3 200 2-5 26333-26333 Bookcases, oak, 1.8 m
ACCREC signs 22 4 260 1-1 15000-32000 Hire of the spray booth
ACCREC tables 26 5 200 1-3 9999-9999 Tables, 4 legs
ACCPAY landlord 1 1 469 1-1 118125-118125 Rent of the workshop
ACCPAY bolt 6 1 300 20-80 245-795 Bolts, brackets and fixings
ACCPAY paper 8 2 461 2-9 1890-4725 Paper, toner and card
ACCPAY power 11 1 445 1-1 9800-15600 Electricity and water
ACCPAY telecom 14 1 489 1-1 6250-6250 Lines and broadband
ACCPAY cleaning 18 1 408 4-5 4500-4500 Cleaning, visits
ACCPAY couriers 22 2 425 1-3 1575-3500 Deliveries
ACCPAY adverts 25 2 400 1-2 32000-96000 Poster sites, two weeks
ACCPAY accountant 27 3 412 1-1 38500-52000 Quarterly accounts
ACCPAY motors 13 3 449 1-1 14000-43000 Van service and tyres
ACCPAY catering 28 3 420 1-2 8000-24000 Lunch for clients
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    kind: Kind
    contact: str
    day: int
    every_months: int
    account: str
    quantities: tuple[int, int]
    unit_cents: tuple[int, int]
    text: str


def habits() -> tuple[Habit, ...]:
    return tuple(_habit(line) for line in _TABLE.strip().split("\n"))


def _habit(line: str) -> Habit:
    kind, contact, day, every, account, quantities, cents, text = line.split(maxsplit=7)
    return Habit(
        kind="ACCREC" if kind == "ACCREC" else "ACCPAY",
        contact=contact,
        day=int(day),
        every_months=int(every),
        account=account,
        quantities=_range(quantities),
        unit_cents=_range(cents),
        text=text,
    )


def _range(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    return int(low), int(high)
