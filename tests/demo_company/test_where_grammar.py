from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xero_mcp.demo_company.query.order import in_asked_order
from xero_mcp.demo_company.query.tokens import QueryParseError
from xero_mcp.demo_company.query.where import compile_where

INVOICE: dict[str, Any] = {
    "InvoiceID": "220ddca8-3144-4085-9a88-2d72c5133734",
    "Type": "ACCREC",
    "Status": "AUTHORISED",
    "InvoiceNumber": 'INV-"7"',
    "Reference": "Ref\\12",
    "Date": date(2026, 9, 14),
    "DueDate": None,
    "UpdatedDateUTC": datetime(2026, 9, 14, 10, 30, tzinfo=UTC),
    "AmountDue": Decimal("5000.00"),
    "AmountPaid": Decimal(0),
    "SentToContact": False,
    "Contact": {
        "ContactID": "025867f1-d741-4d6b-b1af-9ac774b59ba7",
        "Name": "Café Zoë & Söhne",
    },
}


def holds(where: str, document: dict[str, Any] = INVOICE, type_name: str = "Invoice") -> bool:
    return compile_where(where, type_name)(document)


def complaint(where: str, type_name: str = "Invoice") -> str:
    with pytest.raises(QueryParseError) as refused:
        compile_where(where, type_name)
    assert refused.value.status == 400
    assert isinstance(refused.value.body, dict)
    assert refused.value.body["ErrorNumber"] == 16
    assert refused.value.body["Type"] == "QueryParseException"
    return refused.value.message


@pytest.mark.parametrize(
    "where",
    [
        'Status="AUTHORISED"',
        'Status=="AUTHORISED"',
        'Status!="PAID"',
        'Status<>"PAID"',
        '  Status  ==  "AUTHORISED"  ',
        'Contact.ContactID=guid("025867f1-d741-4d6b-b1af-9ac774b59ba7")',
        'Contact.ContactID=Guid("025867F1-D741-4D6B-B1AF-9AC774B59BA7")',
        'Contact.ContactID==Guid("025867f1d7414d6bb1af9ac774b59ba7")',
        (
            'InvoiceId=guid("220ddca8-3144-4085-9a88-2d72c5133734") or InvoiceId=guid('
            '"00000000-0000-0000-0000-000000000000")'
        ),
        'InvoiceID.ToString()="220ddca8-3144-4085-9a88-2d72c5133734"',
        "Date>=DateTime(2026, 09, 01) AND Date<DateTime(2026, 10, 01)",
        "Date==DateTime(2026,9,14)",
        'Date>=DateTime.Parse("2026-09-14")',
        'UpdatedDateUTC>DateTime.Parse("2026-09-14T10:29:59Z")',
        'UpdatedDateUTC>DateTime.Parse("2026-09-14T22:29:59+12:00")',
        "UpdatedDateUTC==DateTime(2026,9,14,10,30,0)",
        "AmountDue>=5000 AND AmountDue<6000",
        "AmountDue=5000.00",
        "AmountPaid=0",
        "AmountPaid>-1",
        "5000<=AmountDue",
        "SentToContact==false",
        "!SentToContact",
        "not SentToContact",
        "DueDate==null",
        "Date!=null",
        "Contact!=null",
        'Type=="ACCPAY" OR Type=="ACCREC" AND Status=="AUTHORISED"',
        '(Type=="ACCPAY" || Type=="ACCREC") && (Status=="AUTHORISED")',
        'Contact.Name="café zoë & söhne"',
        'Contact.Name=="CAFE ZOE & SOHNE"',
        'Contact.Name.Contains("zoe")',
        'Contact.Name.StartsWith("CAFÉ")',
        'Contact.Name.EndsWith("sohne")',
        'Contact.Name.ToLower().Contains("zoë")',
        'Contact.Name.ToUpper()=="CAFÉ ZOË & SÖHNE"',
        'InvoiceNumber="INV-""7"""',
        'Reference="Ref\\12"',
        'InvoiceNumber.StartsWith("INV")==true',
        "true",
    ],
)
def test_a_where_that_is_true_of_the_invoice(where: str):
    assert holds(where)


@pytest.mark.parametrize(
    "where",
    [
        'Status="authorised"',
        'Status="AUTHORISED" AND Type="ACCPAY"',
        'Type="ACCPAY" OR Status="PAID"',
        "Date<DateTime(2026,9,14)",
        "DueDate<DateTime(2030,1,1)",
        "DueDate>DateTime(2000,1,1)",
        'Contact.Name="Cafe"',
        'BrandingThemeID=Guid("00000000-0000-0000-0000-000000000000")',
        'Url.Contains("x")',
        '!(Type=="ACCREC")',
        "false",
    ],
)
def test_a_where_that_is_not_true_of_the_invoice(where: str):
    assert not holds(where)


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("", "Expression expected"),
        ("Status==", "Expression expected"),
        ('Status=="A" AND', "Expression expected"),
        ('AND Status=="A"', "Expression expected"),
        ("()", "Expression expected"),
        ('(Status=="A"', "')' or operator expected"),
        ('Status=="A")', "Syntax error"),
        ('Status=="A" Type=="B"', "Syntax error"),
        ('Contact.Name=="Bat "QUOTE" Man"', "Syntax error"),
        ('Contact.Name=="asd\\"asd"', "Unterminated string literal"),
        ('Status=="AUTHORISED', "Unterminated string literal"),
        ("Status=='AUTHORISED'", "Character literal must contain exactly one character"),
        ("Status==$x", "Syntax error '$'"),
        (
            'InvoiceID=="220ddca8-3144-4085-9a88-2d72c5133734"',
            "Operator '==' incompatible with operand types 'Guid' and 'String'",
        ),
        (
            'Date>"2026-01-01"',
            "Operator '>' incompatible with operand types 'DateTime?' and 'String'",
        ),
        (
            'AmountDue<"5"',
            "Operator '<' incompatible with operand types 'Decimal' and 'String'",
        ),
        (
            "SentToContact>true",
            "Operator '>' incompatible with operand types 'Boolean' and 'Boolean'",
        ),
        ('Nonsense=="x"', "No property or field 'Nonsense' exists in type 'Invoice'"),
        ('Contact.Nonsense=="x"', "No property or field 'Nonsense' exists in type 'Contact'"),
        ("Status.Length==3", "No property or field 'Length' exists in type 'String'"),
        ('Status.Matches("x")', "No applicable method 'Matches' exists in type 'String'"),
        ('AmountDue.Contains("5")', "No applicable method 'Contains' exists in type 'Decimal'"),
        ("Contact.Name.Contains(5)", "No applicable method 'Contains' exists in type 'String'"),
        ("Status", "Expression of type 'Boolean' expected"),
        ("Date>=DateTime(2026,2,30)", "Year, Month, and Day parameters describe"),
        ("Date>=DateTime(2026)", "No matching constructor in type 'DateTime'"),
        ('Date>=DateTime.Parse("soon")', "String was not recognized as a valid DateTime."),
        ('InvoiceID==Guid("nonsense")', "Guid should contain 32 digits with 4 dashes"),
        ("(" * 200 + "true" + ")" * 200, "Expression is nested too deeply"),
        ("AmountDue>1e999", "Invalid real literal"),
    ],
)
def test_a_bad_where_is_refused_in_xeros_words(where: str, words: str):
    assert complaint(where).startswith(words)


def test_contact_fields_fold_case_and_accents_and_other_text_does_not():
    contact = {
        "Name": "ÅRHUS Supplies",
        "EmailAddress": "Jo@Example.com",
        "ContactStatus": "ACTIVE",
    }
    assert holds('Name="arhus supplies"', contact, "Contact")
    assert holds('EmailAddress="jo@example.COM"', contact, "Contact")
    assert not holds('Name="arhus"', contact, "Contact")
    assert not holds('InvoiceNumber="inv-""7"""')


def test_forty_ids_in_one_where_find_their_invoice():
    ids = [f"00000000-0000-0000-0000-{number:012d}" for number in range(39)]
    where = " OR ".join(f'InvoiceID=Guid("{each}")' for each in [*ids, str(INVOICE["InvoiceID"])])
    assert holds(where)


def test_a_thousand_alternatives_do_not_exhaust_the_stack():
    where = "||".join(f"AmountDue=={number}" for number in range(1000))
    assert not holds(where)


def test_a_sorted_list_obeys_several_fields_and_directions():
    rows = [
        {"InvoiceNumber": "b", "Date": date(2026, 1, 2), "Total": Decimal(1)},
        {"InvoiceNumber": "a", "Date": date(2026, 1, 2), "Total": Decimal(10)},
        {"InvoiceNumber": "c", "Date": date(2026, 1, 3), "Total": Decimal(9)},
        {"InvoiceNumber": "d", "Total": Decimal(2)},
    ]

    def numbers(order: str) -> str:
        return "".join(row["InvoiceNumber"] for row in in_asked_order(rows, order, "Invoice"))

    assert numbers("Date DESC, InvoiceNumber") == "cabd"
    assert numbers("date asc,invoicenumber desc") == "dbac"
    assert numbers("Total") == "bdca"


@pytest.mark.parametrize("order", ["Nonsense", "Date SIDEWAYS", "Date DESC ASC", ",", "Contact"])
def test_a_bad_order_is_refused(order: str):
    with pytest.raises(QueryParseError):
        in_asked_order([INVOICE], order, "Invoice")


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_a_where_or_is_refused(text: str):
    try:
        predicate = compile_where(text, "Invoice")
    except QueryParseError:
        return
    assert predicate(INVOICE) in {True, False}


WORDS = """Status Contact . Name ( ) "x" == != < AND OR ! null true 5 1.5 Date DateTime Guid , -
    Contains ToLower InvoiceID"""
PIECES = st.sampled_from(WORDS.split())


@settings(deadline=None)
@given(st.lists(PIECES, max_size=25))
def test_any_words_of_the_grammar_are_a_where_or_are_refused(pieces: list[str]):
    try:
        predicate = compile_where(" ".join(pieces), "Invoice")
    except QueryParseError:
        return
    assert predicate(INVOICE) in {True, False}
