"""The 235 operations of the accounting API, as data.

Under each resource and the area of its scopes: method, path and name of its operations.
The five attachment operations of a document are written once, as `ATTACHED`.
"""

from typing import Final

OPERATIONS: Final[dict[tuple[str, str], str]] = {
    ("Accounts", "settings"): """
    GET /Accounts getAccounts
    PUT /Accounts createAccount
    DELETE /Accounts/{AccountID} deleteAccount
    GET /Accounts/{AccountID} getAccount
    POST /Accounts/{AccountID} updateAccount
    """,
    ("BankTransactions", "banktransactions"): """
    GET /BankTransactions getBankTransactions
    POST /BankTransactions updateOrCreateBankTransactions
    PUT /BankTransactions createBankTransactions
    GET /BankTransactions/{BankTransactionID} getBankTransaction
    POST /BankTransactions/{BankTransactionID} updateBankTransaction
    GET /BankTransactions/{BankTransactionID}/History getBankTransactionsHistory
    PUT /BankTransactions/{BankTransactionID}/History createBankTransactionHistoryRecord
    """,
    ("BankTransfers", "banktransactions"): """
    GET /BankTransfers getBankTransfers
    POST /BankTransfers deleteBankTransfers
    PUT /BankTransfers createBankTransfer
    GET /BankTransfers/{BankTransferID} getBankTransfer
    POST /BankTransfers/{BankTransferID} deleteBankTransfer
    GET /BankTransfers/{BankTransferID}/History getBankTransferHistory
    PUT /BankTransfers/{BankTransferID}/History createBankTransferHistoryRecord
    """,
    ("BatchPayments", "payments"): """
    GET /BatchPayments getBatchPayments
    POST /BatchPayments deleteBatchPayment
    PUT /BatchPayments createBatchPayment
    GET /BatchPayments/{BatchPaymentID} getBatchPayment
    POST /BatchPayments/{BatchPaymentID} deleteBatchPaymentByUrlParam
    GET /BatchPayments/{BatchPaymentID}/History getBatchPaymentHistory
    PUT /BatchPayments/{BatchPaymentID}/History createBatchPaymentHistoryRecord
    """,
    ("BrandingThemes", "settings"): """
    GET /BrandingThemes getBrandingThemes
    GET /BrandingThemes/{BrandingThemeID} getBrandingTheme
    """,
    ("BrandingThemes", "paymentservices"): """
    GET /BrandingThemes/{BrandingThemeID}/PaymentServices getBrandingThemePaymentServices
    POST /BrandingThemes/{BrandingThemeID}/PaymentServices createBrandingThemePaymentServices
    """,
    ("Budgets", "budgets"): """
    GET /Budgets getBudgets
    GET /Budgets/{BudgetID} getBudget
    """,
    ("ContactGroups", "contacts"): """
    GET /ContactGroups getContactGroups
    PUT /ContactGroups createContactGroup
    GET /ContactGroups/{ContactGroupID} getContactGroup
    POST /ContactGroups/{ContactGroupID} updateContactGroup
    DELETE /ContactGroups/{ContactGroupID}/Contacts deleteContactGroupContacts
    PUT /ContactGroups/{ContactGroupID}/Contacts createContactGroupContacts
    DELETE /ContactGroups/{ContactGroupID}/Contacts/{ContactID} deleteContactGroupContact
    """,
    ("Contacts", "contacts"): """
    GET /Contacts getContacts
    POST /Contacts updateOrCreateContacts
    PUT /Contacts createContacts
    GET /Contacts/{ContactID} getContact
    POST /Contacts/{ContactID} updateContact
    GET /Contacts/{ContactID}/History getContactHistory
    PUT /Contacts/{ContactID}/History createContactHistory
    GET /Contacts/{ContactNumber} getContactByContactNumber
    """,
    ("Contacts", "settings"): """
    GET /Contacts/{ContactID}/CISSettings getContactCISSettings
    """,
    ("CreditNotes", "invoices"): """
    GET /CreditNotes getCreditNotes
    POST /CreditNotes updateOrCreateCreditNotes
    PUT /CreditNotes createCreditNotes
    GET /CreditNotes/{CreditNoteID} getCreditNote
    POST /CreditNotes/{CreditNoteID} updateCreditNote
    PUT /CreditNotes/{CreditNoteID}/Allocations createCreditNoteAllocation
    DELETE /CreditNotes/{CreditNoteID}/Allocations/{AllocationID} deleteCreditNoteAllocations
    GET /CreditNotes/{CreditNoteID}/History getCreditNoteHistory
    PUT /CreditNotes/{CreditNoteID}/History createCreditNoteHistory
    GET /CreditNotes/{CreditNoteID}/pdf getCreditNoteAsPdf
    """,
    ("Currencies", "settings"): """
    GET /Currencies getCurrencies
    PUT /Currencies createCurrency
    """,
    ("ExpenseClaims", "classicexpenses"): """
    GET /ExpenseClaims getExpenseClaims
    PUT /ExpenseClaims createExpenseClaims
    GET /ExpenseClaims/{ExpenseClaimID} getExpenseClaim
    POST /ExpenseClaims/{ExpenseClaimID} updateExpenseClaim
    GET /ExpenseClaims/{ExpenseClaimID}/History getExpenseClaimHistory
    PUT /ExpenseClaims/{ExpenseClaimID}/History createExpenseClaimHistory
    """,
    ("InvoiceReminders", "settings"): """
    GET /InvoiceReminders/Settings getInvoiceReminders
    """,
    ("Invoices", "invoices"): """
    GET /Invoices getInvoices
    POST /Invoices updateOrCreateInvoices
    PUT /Invoices createInvoices
    GET /Invoices/{InvoiceID} getInvoice
    POST /Invoices/{InvoiceID} updateInvoice
    POST /Invoices/{InvoiceID}/Email emailInvoice
    GET /Invoices/{InvoiceID}/History getInvoiceHistory
    PUT /Invoices/{InvoiceID}/History createInvoiceHistory
    GET /Invoices/{InvoiceID}/OnlineInvoice getOnlineInvoice
    GET /Invoices/{InvoiceID}/pdf getInvoiceAsPdf
    """,
    ("Items", "items"): """
    GET /Items getItems
    POST /Items updateOrCreateItems
    PUT /Items createItems
    DELETE /Items/{ItemID} deleteItem
    GET /Items/{ItemID} getItem
    POST /Items/{ItemID} updateItem
    GET /Items/{ItemID}/History getItemHistory
    PUT /Items/{ItemID}/History createItemHistory
    """,
    ("Journals", "journals"): """
    GET /Journals getJournals
    GET /Journals/{JournalID} getJournal
    GET /Journals/{JournalNumber} getJournalByNumber
    """,
    ("LinkedTransactions", "invoices"): """
    GET /LinkedTransactions getLinkedTransactions
    PUT /LinkedTransactions createLinkedTransaction
    DELETE /LinkedTransactions/{LinkedTransactionID} deleteLinkedTransaction
    GET /LinkedTransactions/{LinkedTransactionID} getLinkedTransaction
    POST /LinkedTransactions/{LinkedTransactionID} updateLinkedTransaction
    """,
    ("ManualJournals", "manualjournals"): """
    GET /ManualJournals getManualJournals
    POST /ManualJournals updateOrCreateManualJournals
    PUT /ManualJournals createManualJournals
    GET /ManualJournals/{ManualJournalID} getManualJournal
    POST /ManualJournals/{ManualJournalID} updateManualJournal
    GET /ManualJournals/{ManualJournalID}/History getManualJournalsHistory
    PUT /ManualJournals/{ManualJournalID}/History createManualJournalHistoryRecord
    """,
    ("Organisation", "settings"): """
    GET /Organisation getOrganisations
    GET /Organisation/Actions getOrganisationActions
    GET /Organisation/{OrganisationID}/CISSettings getOrganisationCISSettings
    """,
    ("Overpayments", "payments"): """
    GET /Overpayments getOverpayments
    GET /Overpayments/{OverpaymentID} getOverpayment
    PUT /Overpayments/{OverpaymentID}/Allocations createOverpaymentAllocations
    DELETE /Overpayments/{OverpaymentID}/Allocations/{AllocationID} deleteOverpaymentAllocations
    GET /Overpayments/{OverpaymentID}/History getOverpaymentHistory
    PUT /Overpayments/{OverpaymentID}/History createOverpaymentHistory
    """,
    ("PaymentServices", "paymentservices"): """
    GET /PaymentServices getPaymentServices
    PUT /PaymentServices createPaymentService
    """,
    ("Payments", "payments"): """
    GET /Payments getPayments
    POST /Payments createPayment
    PUT /Payments createPayments
    GET /Payments/{PaymentID} getPayment
    POST /Payments/{PaymentID} deletePayment
    GET /Payments/{PaymentID}/History getPaymentHistory
    PUT /Payments/{PaymentID}/History createPaymentHistory
    """,
    ("Prepayments", "payments"): """
    GET /Prepayments getPrepayments
    GET /Prepayments/{PrepaymentID} getPrepayment
    PUT /Prepayments/{PrepaymentID}/Allocations createPrepaymentAllocations
    DELETE /Prepayments/{PrepaymentID}/Allocations/{AllocationID} deletePrepaymentAllocations
    GET /Prepayments/{PrepaymentID}/History getPrepaymentHistory
    PUT /Prepayments/{PrepaymentID}/History createPrepaymentHistory
    """,
    ("PurchaseOrders", "invoices"): """
    GET /PurchaseOrders getPurchaseOrders
    POST /PurchaseOrders updateOrCreatePurchaseOrders
    PUT /PurchaseOrders createPurchaseOrders
    GET /PurchaseOrders/{PurchaseOrderID} getPurchaseOrder
    POST /PurchaseOrders/{PurchaseOrderID} updatePurchaseOrder
    GET /PurchaseOrders/{PurchaseOrderID}/History getPurchaseOrderHistory
    PUT /PurchaseOrders/{PurchaseOrderID}/History createPurchaseOrderHistory
    GET /PurchaseOrders/{PurchaseOrderID}/pdf getPurchaseOrderAsPdf
    GET /PurchaseOrders/{PurchaseOrderNumber} getPurchaseOrderByNumber
    """,
    ("Quotes", "invoices"): """
    GET /Quotes getQuotes
    POST /Quotes updateOrCreateQuotes
    PUT /Quotes createQuotes
    GET /Quotes/{QuoteID} getQuote
    POST /Quotes/{QuoteID} updateQuote
    GET /Quotes/{QuoteID}/History getQuoteHistory
    PUT /Quotes/{QuoteID}/History createQuoteHistory
    GET /Quotes/{QuoteID}/pdf getQuoteAsPdf
    """,
    ("Receipts", "classicexpenses"): """
    GET /Receipts getReceipts
    PUT /Receipts createReceipt
    GET /Receipts/{ReceiptID} getReceipt
    POST /Receipts/{ReceiptID} updateReceipt
    GET /Receipts/{ReceiptID}/History getReceiptHistory
    PUT /Receipts/{ReceiptID}/History createReceiptHistory
    """,
    ("RepeatingInvoices", "invoices"): """
    GET /RepeatingInvoices getRepeatingInvoices
    POST /RepeatingInvoices updateOrCreateRepeatingInvoices
    PUT /RepeatingInvoices createRepeatingInvoices
    GET /RepeatingInvoices/{RepeatingInvoiceID} getRepeatingInvoice
    POST /RepeatingInvoices/{RepeatingInvoiceID} updateRepeatingInvoice
    GET /RepeatingInvoices/{RepeatingInvoiceID}/History getRepeatingInvoiceHistory
    PUT /RepeatingInvoices/{RepeatingInvoiceID}/History createRepeatingInvoiceHistory
    """,
    ("Reports", "reports.taxreports"): """
    GET /Reports getReportsList
    GET /Reports/{ReportID} getReportFromId
    """,
    ("Reports", "reports.aged"): """
    GET /Reports/AgedPayablesByContact getReportAgedPayablesByContact
    GET /Reports/AgedReceivablesByContact getReportAgedReceivablesByContact
    """,
    ("Reports", "reports.balancesheet"): """
    GET /Reports/BalanceSheet getReportBalanceSheet
    """,
    ("Reports", "reports.banksummary"): """
    GET /Reports/BankSummary getReportBankSummary
    """,
    ("Reports", "reports.budgetsummary"): """
    GET /Reports/BudgetSummary getReportBudgetSummary
    """,
    ("Reports", "reports.executivesummary"): """
    GET /Reports/ExecutiveSummary getReportExecutiveSummary
    """,
    ("Reports", "reports.profitandloss"): """
    GET /Reports/ProfitAndLoss getReportProfitAndLoss
    """,
    ("Reports", "reports.tenninetynine"): """
    GET /Reports/TenNinetyNine getReportTenNinetyNine
    """,
    ("Reports", "reports.trialbalance"): """
    GET /Reports/TrialBalance getReportTrialBalance
    """,
    ("Setup", "settings"): """
    POST /Setup postSetup
    """,
    ("TaxRates", "settings"): """
    GET /TaxRates getTaxRates
    POST /TaxRates updateTaxRate
    PUT /TaxRates createTaxRates
    GET /TaxRates/{TaxType} getTaxRateByTaxType
    """,
    ("TrackingCategories", "settings"): """
    GET /TrackingCategories getTrackingCategories
    PUT /TrackingCategories createTrackingCategory
    DELETE /TrackingCategories/{TrackingCategoryID} deleteTrackingCategory
    GET /TrackingCategories/{TrackingCategoryID} getTrackingCategory
    POST /TrackingCategories/{TrackingCategoryID} updateTrackingCategory
    PUT /TrackingCategories/{TrackingCategoryID}/Options createTrackingOptions
    DELETE /TrackingCategories/{TrackingCategoryID}/Options/{TrackingOptionID} deleteTrackingOptions
    POST /TrackingCategories/{TrackingCategoryID}/Options/{TrackingOptionID} updateTrackingOptions
    """,
    ("Users", "settings"): """
    GET /Users getUsers
    GET /Users/{UserID} getUser
    """,
}

ATTACHED: Final[tuple[tuple[str, str], ...]] = (
    ("Accounts", "Account"),
    ("BankTransactions", "BankTransaction"),
    ("BankTransfers", "BankTransfer"),
    ("Contacts", "Contact"),
    ("CreditNotes", "CreditNote"),
    ("Invoices", "Invoice"),
    ("ManualJournals", "ManualJournal"),
    ("PurchaseOrders", "PurchaseOrder"),
    ("Quotes", "Quote"),
    ("Receipts", "Receipt"),
    ("RepeatingInvoices", "RepeatingInvoice"),
)
