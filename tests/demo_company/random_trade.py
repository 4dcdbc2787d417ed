"""Random work in an organisation: documents, payments, credits, and taking things back."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from tests.demo_company.books import Books, RefusedError
from xero_mcp.demo_company.kernel import Json

SALES = ("200", "260")
COSTS = ("300", "400", "429", "453", "710")
CONTACTS = ("Larkfield", "Bolt Ltd", "O'Hara's \"Fine\" Teas & Sons", "Nordlicht 🌱")
DAYS = 400


class RandomTrade:
    """Each step does one thing that a user might; many are refused, as users' are."""

    def __init__(self, books: Books, dice: Random) -> None:
        self.books = books
        self.dice = dice
        self.today = books.company.today()
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        base = books.company.base_currency
        self.currencies = [base, *(row["Code"] for row in books.company.table("Currencies"))]
        self.banks = [
            account for account in books.company.table("Accounts") if account["Type"] == "BANK"
        ]
        self.steps: list[Callable[[], Any]] = [
            self.invoice,
            self.invoice,
            self.invoice,
            self.invoice,
            self.change_invoice,
            self.change_invoice,
            self.pay,
            self.pay,
            self.pay,
            self.pay,
            self.delete_payment,
            self.credit_note,
            self.credit_note,
            self.end_credit_note,
            self.bank_money,
            self.bank_money,
            self.bank_money,
            self.delete_bank_money,
            self.allocate,
            self.allocate,
            self.allocate,
            self.remove_allocation,
            self.refund,
            self.transfer,
            self.delete_transfer,
            self.manual_journal,
            self.end_manual_journal,
            self.batch,
            self.delete_batch,
        ]

    def step(self) -> None:
        deed = self.dice.choice(self.steps)
        before = self.fingerprint()
        try:
            deed()
        except RefusedError:
            self.refused[deed.__name__] += 1
            assert self.fingerprint() == before, deed.__name__
        else:
            self.done[deed.__name__] += 1

    def fingerprint(self) -> object:
        """All that a refused step must leave as it was."""
        company = self.books.company
        rows = {name: {id(row) for row in table} for name, table in company.tables.items()}
        notes = sum(len(entries) for entries in company.history.values())
        return rows, dict(company.numbers), notes, len(company.ledger.journals)

    def day(self) -> date:
        return self.today - timedelta(days=self.dice.randint(0, DAYS))

    def amount(self) -> Decimal:
        return Decimal(self.dice.randint(1, 500_000)) / 100

    def lines(self, codes: tuple[str, ...], *, discounts: bool) -> list[Json]:
        return [self.line(codes, discounts=discounts) for _ in range(self.dice.randint(1, 4))]

    def line(self, codes: tuple[str, ...], *, discounts: bool = False) -> Json:
        line: Json = {
            "Description": "Goods",
            "Quantity": Decimal(self.dice.randint(1, 4000)) / 100,
            "UnitAmount": Decimal(self.dice.randint(1, 999_999)) / 10_000,
            "AccountCode": self.dice.choice(codes),
        }
        if discounts and self.dice.random() < 0.3:
            line["DiscountRate"] = self.dice.randint(0, 100)
        categories = list(self.books.company.table("TrackingCategories"))
        if categories and self.dice.random() < 0.4:
            category = self.dice.choice(categories)
            option = self.dice.choice(category["Options"])
            line["Tracking"] = [{"Name": category["Name"], "Option": option["Name"]}]
        return line

    def document(self, kind: str) -> Json:
        sales = "REC" in kind
        element: Json = {
            "Type": kind,
            "Contact": {"Name": self.dice.choice(CONTACTS)},
            "Date": self.day().isoformat(),
            "DueDate": self.today.isoformat(),
            "LineAmountTypes": self.dice.choice(("Exclusive", "Inclusive", "NoTax")),
            "Status": self.dice.choice(("DRAFT", "SUBMITTED", *("AUTHORISED",) * 6)),
            "LineItems": self.lines(SALES if sales else COSTS, discounts=kind == "ACCREC"),
            "CurrencyCode": self.dice.choice(self.currencies),
        }
        if self.dice.random() < 0.5:
            element["CurrencyRate"] = self.rate()
        return element

    def rate(self) -> Decimal:
        return Decimal(self.dice.randint(500_000, 1_900_000)) / 1_000_000

    def invoice(self) -> None:
        element = self.document(self.dice.choice(("ACCREC", "ACCPAY")))
        self.books.put("Invoices", element, unitdp=self.dice.choice((2, 4)))

    def any_of(self, plural: str, *statuses: str) -> Json:
        rows = [
            row
            for row in self.books.company.table(plural)
            if not statuses or row["Status"] in statuses
        ]
        if not rows:
            raise RefusedError([])
        return self.dice.choice(rows)

    def change_invoice(self) -> None:
        invoice = self.any_of("Invoices")
        change: Json = {"InvoiceID": invoice["InvoiceID"]}
        what = self.dice.randrange(5)
        if what == 0:
            change["Status"] = self.dice.choice(("VOIDED", "DELETED"))
        elif what == 1:
            change["Status"] = "AUTHORISED"
        elif what == 2:
            change["LineItems"] = self.lines(
                SALES if invoice["Type"] == "ACCREC" else COSTS, discounts=False
            )
        elif what == 3:
            change["LineAmountTypes"] = self.dice.choice(("Exclusive", "Inclusive", "NoTax"))
        else:
            change |= {"Date": self.day().isoformat(), "Reference": "changed"}
        self.books.post("Invoices", change)

    def pay(self) -> None:
        invoice = self.any_of("Invoices", "AUTHORISED")
        self.pay_document("Invoice", invoice, invoice["AmountDue"])

    def pay_document(self, singular: str, document: Json, due: Decimal) -> None:
        part = due if self.dice.random() < 0.5 else min(self.amount(), due)
        payment: Json = {
            singular: {f"{singular}ID": document[f"{singular}ID"]},
            "Account": {"AccountID": self.bank_for(document["CurrencyCode"])},
            "Amount": part,
            "Date": self.day().isoformat(),
        }
        if self.dice.random() < 0.5:
            payment["CurrencyRate"] = self.rate()
        self.books.put("Payments", payment)

    def bank_for(self, currency: str) -> str:
        base = self.books.company.base_currency
        fitting = [
            bank for bank in self.banks if bank.get("CurrencyCode", base) in {currency, base}
        ]
        return self.dice.choice(fitting)["AccountID"]

    def delete_payment(self) -> None:
        payment = self.any_of("Payments", "AUTHORISED")
        self.books.body(
            "POST",
            "/Payments/{PaymentID}",
            {"Status": "DELETED"},
            path_ids={"PaymentID": payment["PaymentID"]},
        )

    def credit_note(self) -> None:
        self.books.put(
            "CreditNotes", self.document(self.dice.choice(("ACCRECCREDIT", "ACCPAYCREDIT")))
        )

    def end_credit_note(self) -> None:
        note = self.any_of("CreditNotes")
        status = self.dice.choice(("VOIDED", "DELETED", "AUTHORISED"))
        self.books.post("CreditNotes", {"CreditNoteID": note["CreditNoteID"], "Status": status})

    def bank_money(self) -> None:
        suffix = self.dice.choice(("", "", "-OVERPAYMENT", "-PREPAYMENT", "-PREPAYMENT"))
        kind = self.dice.choice(("RECEIVE", "SPEND")) + suffix
        codes = SALES if kind.startswith("RECEIVE") else COSTS
        element: Json = {
            "Type": kind,
            "Contact": {"Name": self.dice.choice(CONTACTS)},
            "BankAccount": {"AccountID": self.dice.choice(self.banks)["AccountID"]},
            "Date": self.day().isoformat(),
            "LineAmountTypes": self.dice.choice(("Exclusive", "Inclusive", "NoTax")),
            "LineItems": self.lines(codes, discounts=False),
        }
        if self.dice.random() < 0.5:
            element["CurrencyRate"] = self.rate()
        self.books.put("BankTransactions", element)

    def delete_bank_money(self) -> None:
        one = self.any_of("BankTransactions")
        change = {"BankTransactionID": one["BankTransactionID"], "Status": "DELETED"}
        self.books.post("BankTransactions", change)

    def credit(self) -> tuple[str, str, Json]:
        plural = self.dice.choice(("CreditNotes", "Overpayments", "Prepayments"))
        return plural, plural[:-1], self.any_of(plural, "AUTHORISED")

    def allocate(self) -> None:
        plural, singular, credit = self.credit()
        sales = credit["Type"].startswith(("ACCREC", "RECEIVE"))
        fitting = [
            invoice
            for invoice in self.books.company.table("Invoices")
            if invoice["Status"] == "AUTHORISED"
            and invoice["Contact"] == credit["Contact"]
            and invoice["CurrencyCode"] == credit["CurrencyCode"]
            and (invoice["Type"] == "ACCREC") == sales
        ]
        if not fitting:
            raise RefusedError([])
        invoice = self.dice.choice(fitting)
        most = min(invoice["AmountDue"], credit["RemainingCredit"])
        amount = most if self.dice.random() < 0.5 else min(self.amount(), most)
        allocation = {
            "Invoice": {"InvoiceID": invoice["InvoiceID"]},
            "Amount": amount,
            "Date": self.day().isoformat(),
        }
        self.books.body(
            "PUT",
            f"/{plural}/{{{singular}ID}}/Allocations",
            {"Allocations": [allocation]},
            path_ids={f"{singular}ID": credit[f"{singular}ID"]},
        )

    def remove_allocation(self) -> None:
        plural = self.dice.choice(("CreditNotes", "Overpayments", "Prepayments"))
        credits_ = [row for row in self.books.company.table(plural) if row["Allocations"]]
        if not credits_:
            raise RefusedError([])
        credit = self.dice.choice(credits_)
        key = f"{plural[:-1]}ID"
        allocation = self.dice.choice(credit["Allocations"])
        self.books.body(
            "DELETE",
            f"/{plural}/{{{key}}}/Allocations/{{AllocationID}}",
            path_ids={key: credit[key], "AllocationID": allocation["AllocationID"]},
        )

    def refund(self) -> None:
        _, singular, credit = self.credit()
        self.pay_document(singular, credit, credit["RemainingCredit"])

    def transfer(self) -> None:
        source, target = self.dice.sample(self.banks, 2)
        element: Json = {
            "FromBankAccount": {"AccountID": source["AccountID"]},
            "ToBankAccount": {"AccountID": target["AccountID"]},
            "Amount": self.amount(),
            "Date": self.day().isoformat(),
        }
        self.books.put("BankTransfers", element)

    def delete_transfer(self) -> None:
        transfer = self.any_of("BankTransfers")
        change = {"BankTransferID": transfer["BankTransferID"], "Status": "DELETED"}
        self.books.post("BankTransfers", change)

    def manual_journal(self) -> None:
        amount = self.amount()
        element: Json = {
            "Narration": "Accrual",
            "Date": self.day().isoformat(),
            "Status": self.dice.choice(("DRAFT", "POSTED", "POSTED")),
            "ShowOnCashBasisReports": self.dice.random() < 0.7,
            "JournalLines": [
                {"LineAmount": amount, "AccountCode": self.dice.choice(COSTS)},
                {"LineAmount": -amount, "AccountCode": self.dice.choice(("825", "900", "200"))},
            ],
        }
        self.books.put("ManualJournals", element)

    def end_manual_journal(self) -> None:
        journal = self.any_of("ManualJournals")
        status = self.dice.choice(("VOIDED", "DELETED", "POSTED"))
        self.books.post(
            "ManualJournals", {"ManualJournalID": journal["ManualJournalID"], "Status": status}
        )

    def batch(self) -> None:
        kind = self.dice.choice(("ACCREC", "ACCPAY"))
        base = self.books.company.base_currency
        fitting = [
            invoice
            for invoice in self.books.company.table("Invoices")
            if invoice["Status"] == "AUTHORISED"
            and invoice["Type"] == kind
            and invoice["CurrencyCode"] == base
        ]
        chosen = self.dice.sample(fitting, min(len(fitting), 3))
        element: Json = {
            "Account": {"Code": "090"},
            "Date": self.day().isoformat(),
            "Payments": [
                {
                    "Invoice": {"InvoiceID": invoice["InvoiceID"]},
                    "Amount": min(self.amount(), invoice["AmountDue"]),
                }
                for invoice in chosen
            ],
        }
        self.books.put("BatchPayments", element)

    def delete_batch(self) -> None:
        batch = self.any_of("BatchPayments")
        change = {"BatchPaymentID": batch["BatchPaymentID"], "Status": "DELETED"}
        self.books.post("BatchPayments", change)
