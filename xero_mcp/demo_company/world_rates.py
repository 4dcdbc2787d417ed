"""What a dollar buys of each currency: invented for good, as a demo company asks no market."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from xero_mcp.demo_company.rounding import places

_TABLE: Final = """
AED 3.6725 ARS 1420 AUD 1.5310 BDT 121.90 BGN 1.6880 BHD 0.3770 BRL 5.3350 CAD 1.4020 CHF 0.8060
CLP 941.50 CNY 7.1220 COP 3890 CZK 20.9600 DKK 6.4460 EGP 47.3500 EUR 0.8626 FJD 2.2810 GBP 0.7567
HKD 7.7750 HUF 331.50 IDR 16690 ILS 3.2500 INR 88.6500 ISK 126.80 JPY 153.80 KES 129.20 KRW 1455
KWD 0.3070 LKR 304.60 MAD 9.2800 MXN 18.4200 MYR 4.1480 NGN 1441 NOK 10.0850 NZD 1.7680 PEN 3.3800
PGK 4.2300 PHP 58.8500 PKR 281.30 PLN 3.6600 QAR 3.6400 RON 4.3850 RSD 101.10 SAR 3.7510 SEK 9.4950
SGD 1.3010 THB 32.4500 TOP 2.4100 TRY 42.2500 TWD 31.0500 UAH 42.0500 USD 1 UYU 39.80 VND 26330
VUV 121.50 WST 2.7900 XPF 102.90 ZAR 17.1800
"""


def _per_dollar() -> Mapping[str, Decimal]:
    words = _TABLE.split()
    return {code: Decimal(rate) for code, rate in zip(words[::2], words[1::2], strict=True)}


PER_DOLLAR: Final = _per_dollar()


def world_rate(base: str, currency: str) -> Decimal:
    """What one unit of the base currency buys of the other, to six places as Xero's rates are.

    A code that is no currency has the rate 1: the document that names it is refused anyway.
    """
    known = base in PER_DOLLAR and currency in PER_DOLLAR
    return places(PER_DOLLAR[currency] / PER_DOLLAR[base], 6) if known else Decimal(1)
