"""Which fields a query may name, and of which type Xero takes them to be."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

STRING: Final = "String"
GUID: Final = "Guid"
DATE: Final = "DateTime?"
DECIMAL: Final = "Decimal"
BOOL: Final = "Boolean"
NULL: Final = "Object"

_LETTERS: Final = {"g": GUID, "d": DATE, "n": DECIMAL, "b": BOOL}

# `Name` is a string; `Name:g` a guid, d a date, n a number, b a boolean, else another type.
_TABLE: Final = {
    "Account": (
        "Code Name AccountID:g Type BankAccountNumber Status Description BankAccountType "
        "CurrencyCode TaxType EnablePaymentsToAccount:b ShowInExpenseClaims:b Class SystemAccount "
        "ReportingCode ReportingCodeName HasAttachments:b UpdatedDateUTC:d AddToWatchlist:b"
    ),
    "BankTransaction": (
        "Type Contact:Contact BankAccount:Account IsReconciled:b Date:d Reference CurrencyCode "
        "CurrencyRate:n Url Status LineAmountTypes SubTotal:n TotalTax:n Total:n "
        "BankTransactionID:g PrepaymentID:g OverpaymentID:g UpdatedDateUTC:d HasAttachments:b"
    ),
    "BankTransfer": (
        "FromBankAccount:Account ToBankAccount:Account Amount:n Date:d BankTransferID:g "
        "CurrencyRate:n FromBankTransactionID:g ToBankTransactionID:g FromIsReconciled:b "
        "ToIsReconciled:b Reference HasAttachments:b CreatedDateUTC:d Status"
    ),
    "BatchPayment": (
        "Account:Account Reference Particulars Code Details Narrative BatchPaymentID:g Date:d "
        "Amount:n Type Status TotalAmount:n UpdatedDateUTC:d IsReconciled:b"
    ),
    "BrandingTheme": "BrandingThemeID:g Name LogoUrl Type SortOrder:n CreatedDateUTC:d",
    "Budget": "BudgetID:g Type Description UpdatedDateUTC:d",
    "Contact": (
        "ContactID:g ContactNumber AccountNumber ContactStatus Name FirstName LastName "
        "CompanyNumber EmailAddress BankAccountDetails TaxNumber AccountsReceivableTaxType "
        "AccountsPayableTaxType IsSupplier:b IsCustomer:b SalesDefaultLineAmountType "
        "PurchasesDefaultLineAmountType DefaultCurrency XeroNetworkKey SalesDefaultAccountCode "
        "PurchasesDefaultAccountCode TrackingCategoryName TrackingCategoryOption UpdatedDateUTC:d "
        "Website Discount:n HasAttachments:b"
    ),
    "ContactGroup": "Name Status ContactGroupID:g",
    "CreditNote": (
        "Type Contact:Contact Date:d DueDate:d Status LineAmountTypes SubTotal:n TotalTax:n "
        "Total:n CISDeduction:n UpdatedDateUTC:d CurrencyCode FullyPaidOnDate:d CreditNoteID:g "
        "CreditNoteNumber Reference SentToContact:b CurrencyRate:n RemainingCredit:n "
        "AppliedAmount:n BrandingThemeID:g HasAttachments:b"
    ),
    "Currency": "Code Description",
    "Invoice": (
        "Type Contact:Contact Date:d DueDate:d LineAmountTypes InvoiceNumber Reference "
        "BrandingThemeID:g Url CurrencyCode CurrencyRate:n Status SentToContact:b "
        "ExpectedPaymentDate:d PlannedPaymentDate:d CISDeduction:n SubTotal:n TotalTax:n Total:n "
        "TotalDiscount:n InvoiceID:g RepeatingInvoiceID:g HasAttachments:b IsDiscounted:b "
        "AmountDue:n AmountPaid:n FullyPaidOnDate:d AmountCredited:n UpdatedDateUTC:d HasErrors:b"
    ),
    "Item": (
        "Code InventoryAssetAccountCode Name IsSold:b IsPurchased:b Description "
        "PurchaseDescription IsTrackedAsInventory:b TotalCostPool:n QuantityOnHand:n "
        "UpdatedDateUTC:d ItemID:g SalesDetails:ItemDetails PurchaseDetails:ItemDetails"
    ),
    "ItemDetails": "UnitPrice:n AccountCode COGSAccountCode TaxType",
    "Journal": (
        "JournalID:g JournalDate:d JournalNumber:n CreatedDateUTC:d Reference SourceID:g SourceType"
    ),
    "LinkedTransaction": (
        "SourceTransactionID:g SourceLineItemID:g ContactID:g TargetTransactionID:g "
        "TargetLineItemID:g LinkedTransactionID:g Status Type UpdatedDateUTC:d "
        "SourceTransactionTypeCode"
    ),
    "ManualJournal": (
        "Narration Date:d LineAmountTypes Status Url ShowOnCashBasisReports:b HasAttachments:b "
        "UpdatedDateUTC:d ManualJournalID:g"
    ),
    "Organisation": (
        "OrganisationID:g Name LegalName ShortCode BaseCurrency CountryCode OrganisationStatus"
    ),
    "Overpayment": (
        "Type Contact:Contact Date:d Status LineAmountTypes SubTotal:n TotalTax:n Total:n "
        "UpdatedDateUTC:d CurrencyCode OverpaymentID:g CurrencyRate:n RemainingCredit:n "
        "AppliedAmount:n HasAttachments:b Reference"
    ),
    "Payment": (
        "Invoice:Invoice CreditNote:CreditNote Prepayment:Prepayment Overpayment:Overpayment "
        "InvoiceNumber CreditNoteNumber BatchPayment:BatchPayment Account:Account Code Date:d "
        "CurrencyRate:n Amount:n BankAmount:n Reference IsReconciled:b Status PaymentType "
        "UpdatedDateUTC:d PaymentID:g BatchPaymentID:g BankAccountNumber Particulars Details"
    ),
    "Prepayment": (
        "Type Contact:Contact Date:d Status LineAmountTypes SubTotal:n TotalTax:n Total:n "
        "Reference InvoiceNumber UpdatedDateUTC:d CurrencyCode PrepaymentID:g BrandingThemeID:g "
        "CurrencyRate:n RemainingCredit:n AppliedAmount:n HasAttachments:b"
    ),
    "PurchaseOrder": (
        "Contact:Contact Date:d DeliveryDate:d LineAmountTypes PurchaseOrderNumber Reference "
        "BrandingThemeID:g CurrencyCode Status SentToContact:b ExpectedArrivalDate:d "
        "PurchaseOrderID:g CurrencyRate:n SubTotal:n TotalTax:n Total:n TotalDiscount:n "
        "HasAttachments:b UpdatedDateUTC:d"
    ),
    "Quote": (
        "QuoteID:g QuoteNumber Reference Terms Contact:Contact Date:d ExpiryDate:d Status "
        "CurrencyCode CurrencyRate:n SubTotal:n TotalTax:n Total:n TotalDiscount:n Title Summary "
        "BrandingThemeID:g UpdatedDateUTC:d LineAmountTypes"
    ),
    "RepeatingInvoice": (
        "Type Contact:Contact Schedule:Schedule LineAmountTypes Reference BrandingThemeID:g "
        "CurrencyCode Status SubTotal:n TotalTax:n Total:n RepeatingInvoiceID:g ID:g "
        "HasAttachments:b ApprovedForSending:b"
    ),
    "Schedule": "Period:n Unit DueDate:n DueDateType StartDate:d NextScheduledDate:d EndDate:d",
    "TaxRate": (
        "Name TaxType Status ReportTaxType CanApplyToAssets:b CanApplyToEquity:b "
        "CanApplyToExpenses:b CanApplyToLiabilities:b CanApplyToRevenue:b DisplayTaxRate:n "
        "EffectiveRate:n"
    ),
    "TrackingCategory": "TrackingCategoryID:g Name Status",
    "User": (
        "UserID:g EmailAddress FirstName LastName UpdatedDateUTC:d IsSubscriber:b OrganisationRole"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a type; `folds` marks a contact's text, compared without case and accents."""

    name: str
    type: str
    folds: bool


@cache
def fields_of(type_name: str) -> Mapping[str, Field]:
    """Map a field's name in lower case to the field; empty for a simple type such as String."""
    fields: dict[str, Field] = {}
    for word in _TABLE.get(type_name, "").split():
        name, _, letter = word.partition(":")
        kind = _LETTERS.get(letter, letter or STRING)
        folds = type_name == "Contact" and kind == STRING
        fields[name.lower()] = Field(name=name, type=kind, folds=folds)
    return fields
