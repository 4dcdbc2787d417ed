"""The words of a rule's conditions, and of the facts that an example gives for them."""

from xero_mcp.policy.word import Shape, Word, table_of

CONDITION = table_of(
    Word(
        name="total_over",
        shape=Shape.MONEY,
        means=(
            "The document's total, tax included, is above the amount. Where lines below zero net"
            " it down, the sum of the others counts; of several documents in one call, their sum."
            " In another currency it is converted by the document's own rate, or by those of"
            " approved documents of the last 30 days; without a rate a person is asked. A total"
            " that is not established counts as above."
        ),
        example='"500.00 USD"',
    ),
    Word(
        name="total_under",
        shape=Shape.MONEY,
        means="The same amount is below this one; of several documents in one call, the smallest.",
        example='"50.00 USD"',
    ),
    Word(
        name="currency",
        shape=Shape.CURRENCIES,
        means="The document's currency is one of these.",
        example="[EUR, GBP]",
    ),
    Word(
        name="currency_not_in",
        shape=Shape.CURRENCIES,
        means="The document's currency is none of these.",
        example="[USD]",
    ),
    Word(
        name="status",
        shape=Shape.STATUSES,
        means="The status that it would get is one of these.",
        example="[authorised]",
    ),
    Word(
        name="document_type",
        shape=Shape.DOCUMENT_TYPES,
        means="The document is one of these, as the tool's argument `type` has it.",
        example="[bill]",
    ),
    Word(
        name="contact_in",
        shape=Shape.IDS,
        means="The contact is one of these, by the ids of `list-contacts`: a name can be changed.",
        example="[00000000-0000-0000-0000-000000000001]",
    ),
    Word(
        name="contact_not_in",
        shape=Shape.IDS,
        means="The contact is none of these.",
        example="[00000000-0000-0000-0000-000000000001]",
    ),
    Word(
        name="contact_known_for_less_than",
        shape=Shape.DURATION,
        means=(
            "The contact has been in Xero for less than this. One whose age is not established"
            " counts as new."
        ),
        example="30d",
    ),
    Word(
        name="new_contact",
        shape=Shape.TRUE_FALSE,
        means="The call makes the contact, or it has no invoice and no bill so far.",
        example="true",
    ),
    Word(
        name="account_code_in",
        shape=Shape.CODES,
        means="A line is on one of these accounts. A range has both its ends in it.",
        example='["400-499", "620"]',
    ),
    Word(
        name="account_code_not_in",
        shape=Shape.CODES,
        means="A line is on another account than these.",
        example='["400-499"]',
    ),
    Word(
        name="tracking",
        shape=Shape.TEXTS,
        means=(
            "A line is tracked by one of these: `Region: North`, or `Region` for any option of it,"
            " or `none` for a line without tracking."
        ),
        example="[none]",
    ),
    Word(
        name="tracking_not_in",
        shape=Shape.TEXTS,
        means="A line is tracked by something else than these, or not at all.",
        example='["Region: North"]',
    ),
    Word(
        name="tax_type",
        shape=Shape.TEXTS,
        means="A line has one of these tax types of Xero.",
        example="[NONE]",
    ),
    Word(
        name="tax_type_not_in",
        shape=Shape.TEXTS,
        means="A line has another tax type than these.",
        example="[INPUT2]",
    ),
    Word(
        name="item",
        shape=Shape.TEXTS,
        means="A line has one of these item codes; `none` is a line without an item.",
        example="[none]",
    ),
    Word(
        name="item_not_in",
        shape=Shape.TEXTS,
        means="A line has another item than these, or none.",
        example="[BOLT-1]",
    ),
    Word(
        name="line_count_over",
        shape=Shape.COUNT,
        means="The document has more lines than this.",
        example="50",
    ),
    Word(
        name="date_older_than",
        shape=Shape.DURATION,
        means="The document is dated further back than this.",
        example="60d",
    ),
    Word(
        name="date_newer_than",
        shape=Shape.DURATION,
        means="The document is dated further ahead than this.",
        example="30d",
    ),
    Word(
        name="period_locked",
        shape=Shape.TRUE_FALSE,
        means="The document is dated in a locked period.",
        example="true",
    ),
    Word(
        name="recipient_not_stored",
        shape=Shape.TRUE_FALSE,
        means="An email would go to an address that is not the one of the contact in Xero.",
        example="true",
    ),
    Word(
        name="duplicate",
        shape=Shape.TRUE_FALSE,
        means=(
            "The bill looks like one that is there, and the call says `duplicate_of_known`: without"
            " that it is refused anyway. A known duplicate may be a draft; to post one the owner is"
            " asked, or whom a rule with this word names. Such a rule can ask and deny earlier,"
            " and wave nothing through."
        ),
        example="true",
    ),
    Word(
        name="attachment_type",
        shape=Shape.MEDIA,
        means="The file is one of these types.",
        example="[application/zip]",
    ),
    Word(
        name="attachment_type_not_in",
        shape=Shape.MEDIA,
        means="The file is none of these types.",
        example="[application/pdf, image/png]",
    ),
    Word(
        name="attachment_size_over",
        shape=Shape.SIZE,
        means="The file is bigger than this.",
        example="5MB",
    ),
    Word(
        name="bank_details_would_change",
        shape=Shape.TRUE_FALSE,
        means="A contact's bank details would change.",
        example="true",
    ),
    Word(
        name="email_would_change",
        shape=Shape.TRUE_FALSE,
        means=(
            "A contact's email address would change, and with it where its invoices go. One that"
            " `save-contacts` makes counts too: its name may be that of one that is there."
        ),
        example="true",
    ),
    Word(
        name="report",
        shape=Shape.REPORTS,
        means="The report that is run is one of these.",
        example="[profit-and-loss]",
    ),
)

WITH = table_of(
    Word(name="organisation", shape=Shape.TEXT, means="Left out: the policy's first."),
    Word(name="at", shape=Shape.TEXT, means="`2026-09-14 10:00`, in the time zone of the hours."),
    Word(name="total", shape=Shape.MONEY, means="The document's total, tax included."),
    Word(name="amount", shape=Shape.MONEY, means="The same, as a payment calls it."),
    Word(name="base_total", shape=Shape.MONEY, means="The total in the base currency."),
    Word(name="rate", shape=Shape.MONEY, means="What one of the total's currency comes to."),
    Word(name="gross", shape=Shape.MONEY, means="The lines above zero, where others are below."),
    Word(name="currency", shape=Shape.TEXT, means="Left out: that of the total."),
    Word(name="status", shape=Shape.TEXT, means="Where the tool has no such argument."),
    Word(name="document_type", shape=Shape.TEXT, means="Where the tool has no argument `type`."),
    Word(name="contact_id", shape=Shape.TEXT, means="The contact."),
    Word(name="contact_known_for", shape=Shape.DURATION, means="How long the contact is known."),
    Word(name="new_contact", shape=Shape.TRUE_FALSE, means="The contact is new."),
    Word(name="account_codes", shape=Shape.TEXTS, means="The accounts of the lines."),
    Word(name="tracking", shape=Shape.TEXTS, means="`Region: North`, or `none`."),
    Word(name="tax_types", shape=Shape.TEXTS, means="The tax types of the lines."),
    Word(name="items", shape=Shape.TEXTS, means="The items of the lines, or `none`."),
    Word(name="line_count", shape=Shape.COUNT, means="How many lines."),
    Word(name="days_old", shape=Shape.COUNT, means="How many days ago it is dated."),
    Word(name="days_ahead", shape=Shape.COUNT, means="How many days ahead it is dated."),
    Word(name="period_locked", shape=Shape.TRUE_FALSE, means="The date is in a locked period."),
    Word(name="bank_details_change", shape=Shape.TRUE_FALSE, means="Bank details would change."),
    Word(name="email_change", shape=Shape.TRUE_FALSE, means="A contact's address would change."),
    Word(name="emails_outside", shape=Shape.TRUE_FALSE, means="An email would go outside."),
    Word(name="recipient_not_stored", shape=Shape.TRUE_FALSE, means="Not the contact's address."),
    Word(
        name="read_others_text",
        shape=Shape.TRUE_FALSE,
        means="The conversation was shown text by others.",
    ),
    Word(name="duplicate", shape=Shape.TRUE_FALSE, means="A known duplicate of a bill."),
    Word(name="attachment_type", shape=Shape.TEXT, means="Such as `application/pdf`."),
    Word(name="attachment_size", shape=Shape.SIZE, means="Such as `5MB`."),
    Word(name="writes_last_hour", shape=Shape.COUNT, means="How many writes there were already."),
    Word(name="money_today", shape=Shape.MONEY, means="What was spent already today."),
    Word(name="money_of_contact", shape=Shape.MONEY, means="The same for this contact alone."),
    Word(name="xero_calls_last_minute", shape=Shape.COUNT, means="Requests of Xero so far."),
    Word(name="xero_calls_today", shape=Shape.COUNT, means="The same in 24 hours."),
    Word(name="rows_read_today", shape=Shape.COUNT, means="How many rows it was shown already."),
)
"""What an example can say besides the arguments by which a tool's area, level or report varies."""
