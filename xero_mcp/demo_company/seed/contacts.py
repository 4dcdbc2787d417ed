"""The people and firms that the three organisations trade with: all of them invented.

Some names are awkward on purpose, as names in real books are: quotes, ampersands, markup,
emoji, right-to-left letters and marks, a line of SQL. A reader that pastes a name where it
should have quoted it meets one of these.
"""

from dataclasses import dataclass
from typing import Final, Literal

Role = Literal["customer", "supplier"]

RIGHT_TO_LEFT_NAME: Final = (
    "\u200f\u0645\u0643\u062a\u0628\u0629 "
    "\u0627\u0644\u0646\u062e\u064a\u0644\u200f (Palm Bookshop)"
)
EMOJI_NAME: Final = "Caf\u00e9 M\u00fcller-N\u00fa\u00f1ez \U0001f331\u2615"
QUOTED_NAME: Final = "O'Hara's \"Fine\" Teas & Sons, LLP"
MARKUP_NAME: Final = "<b>Bold</b> Signs & Co <script>"
SQL_NAME: Final = "Robert'); DROP TABLE Contacts;--"

# Role, short name used by the trade tables, first name, last name, city, name.
_GLOBAL: Final = f"""
customer larkfield|Imogen|Vance|Larkfield|Larkfield University
customer bakehouse|Teo|Marchetti|Pine Hollow|Basket Weave Bakehouse
customer dental|Ama|Osei|Thornbury|Thornbury Dental Group
customer theatre|Quill|Sandoval|Eastmere|Quillon Theatre Trust
customer kites|Zoe|Fairweather|Bayside|Zephyr Kite Works
customer rowing|Ned|Carrow|Bayside|Bayside Rowing Club
customer teas|Maeve|O'Hara|Kilbride|{QUOTED_NAME}
customer cafe|J\u00fcrgen|M\u00fcller|Eastmere|{EMOJI_NAME}
customer palm|Layla|Nakhil|Larkfield|{RIGHT_TO_LEFT_NAME}
customer signs|Bo|Lindqvist|Pine Hollow|{MARKUP_NAME}
customer tables|Robert|Tables|Nowhere|{SQL_NAME}
supplier bolt|Usha|Bolt|Eastmere|Bolt Ltd
supplier landlord|Ira|Gable|Eastmere|Gable Street Property Trust
supplier power|Noor|Haddad|Eastmere|Northlight Power & Water
supplier couriers|Sam|Swift|Bayside|Swiftlet Couriers
supplier telecom|Petra|Copper|Thornbury|Copperline Telecom
supplier paper|Gus|Inkwell|Larkfield|Inkwell Print & Paper
supplier cleaning|Rosa|Tern|Eastmere|Tern Cleaning Co-operative
supplier adverts|Dee|Bright|Eastmere|Halfmoon Adverts
supplier accountant|Hugh|Hollis|Thornbury|Hollis & Reed Accounting
supplier motors|Jo|Moss|Pine Hollow|Mossgate Motors
supplier catering|Fen|Dillon|Bayside|Fennel & Dill Catering
supplier bank|Pat|Till|Eastmere|Eastmere Commercial Bank
supplier payroll|Kit|Tally|Eastmere|Tally & Daughter Payroll
"""

_NZ: Final = """
customer larkfield|Aroha|Ngata|Kahurere|Kahurere High School Board
customer bakehouse|Tama|Pohatu|Waimata|Waimata Pie Company
customer dental|Grace|Lindsay|Port Tarn|Port Tarn Physio
customer theatre|Hemi|Rangi|Kahurere|Tui Lane Players
customer kites|Jess|McKail|Waimata|Southerly Kayaks
customer cafe|Mere|Tipene|Port Tarn|Pau\u0304a & Pour \U0001f41a
customer teas|Sean|O'Dea|Kahurere|O'Dea's "Proper" Cider & Co
supplier bolt|Usha|Bolt|Port Tarn|Bolt Ltd
supplier landlord|Wiremu|Hale|Port Tarn|Harbour Steps Leasing
supplier power|Lily|Fane|Waimata|Kea Ridge Energy
supplier couriers|Max|Rua|Port Tarn|Longreach Couriers NZ
supplier telecom|Ana|Bligh|Kahurere|Fernline Broadband
supplier paper|Col|Stout|Waimata|Papermill Road Stationery
supplier accountant|Hana|Wells|Port Tarn|Wells Parata Accountants
supplier catering|Viv|Moana|Kahurere|Kowhai Platters
supplier bank|Pat|Till|Port Tarn|Tarn Harbour Bank
supplier payroll|Kit|Tally|Port Tarn|Kahurere Payroll Bureau
"""

_UK: Final = f"""
customer larkfield|Edith|Marlowe|Ashcombe|Ashcombe Museum Trust
customer bakehouse|Rhys|Penhale|Trewick|Penhale Pasties
customer dental|Priya|Anand|Ashcombe|Anand & Partners Opticians
customer theatre|Oskar|Brandt|Lindau|Brandt Werkzeug Vertrieb
customer kites|Lou|Ferrand|Valmont|Ferrand et Filles
customer rowing|Casey|Holt|Port Ellery|Holt Harbor Supply
customer cafe|Nia|Rees|Trewick|Rees & Rees \u2018Tidy\u2019 Caf\u00e9 \U0001f9c1
customer signs|Bo|Ashby|Ashcombe|{MARKUP_NAME}
supplier bolt|Usha|Bolt|Ashcombe|Bolt Ltd
supplier landlord|Giles|Harrow|Ashcombe|Harrow Yard Estates
supplier power|Fay|Lumley|Trewick|Lumley Light & Heat
supplier couriers|Tod|Marsh|Ashcombe|Marsh Lane Couriers
supplier telecom|Una|Kerr|Trewick|Kerrline Telephones
supplier paper|Emil|Kranz|Lindau|Kranz Papierhandel
supplier adverts|Skye|Dunmore|Port Ellery|Dunmore Outdoor Media
supplier accountant|Bea|Fairfax|Ashcombe|Fairfax Bell Accountants
supplier catering|Mo|Farrow|Ashcombe|Farrow & Daughters Catering
supplier bank|Pat|Till|Ashcombe|Ashcombe & Trewick Bank
supplier payroll|Kit|Tally|Ashcombe|Fairweather Payroll
"""

_COUNTRIES: Final = {"Global": _GLOBAL, "NZ": _NZ, "UK": _UK}
_COUNTRY_NAMES: Final = {"Global": "", "NZ": "New Zealand", "UK": "United Kingdom"}
_CURRENCIES: Final[dict[str, dict[str, str]]] = {
    "Global": {},
    "NZ": {},
    "UK": {
        "theatre": "EUR",
        "kites": "EUR",
        "paper": "EUR",
        "rowing": "USD",
        "adverts": "USD",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedContact:
    """Someone to trade with; `key` is what the trade tables call them."""

    key: str
    role: Role
    name: str
    first_name: str
    last_name: str
    city: str
    country: str
    currency: str

    @property
    def email(self) -> str:
        """An address in a domain that is kept for examples and can never be delivered to."""
        return f"{self.key}@{self.key}.example.com"


def contacts(country: str) -> tuple[SeedContact, ...]:
    """Return the contacts of `Global`, `NZ` or `UK`."""
    return tuple(_contact(country, line) for line in _COUNTRIES[country].strip().split("\n"))


def _contact(country: str, line: str) -> SeedContact:
    role, rest = line.split(" ", maxsplit=1)
    key, first, last, city, name = rest.split("|", maxsplit=4)
    return SeedContact(
        key=key,
        role="customer" if role == "customer" else "supplier",
        name=name,
        first_name=first,
        last_name=last,
        city=city,
        country=_COUNTRY_NAMES[country],
        currency=_CURRENCIES[country].get(key, ""),
    )
