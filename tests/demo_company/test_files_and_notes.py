"""Attachments, history and PDFs."""

from collections.abc import AsyncIterator

import pytest

from tests.demo_company.box import API, Box, open_box
from xero_mcp.demo_company.authors import author_of
from xero_mcp.demo_company.pdf import pdf_of

PDF = "application/pdf"


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    async with open_box() as opened:
        await opened.sign_in()
        yield opened


async def invoice_path(box: Box) -> str:
    line = {"Description": "Work (100%) \\ \u20ac\u2603", "UnitAmount": 1, "AccountCode": "200"}
    body = {"Type": "ACCREC", "Contact": {"Name": "Ann"}, "LineItems": [line]}
    answer = await box.write("PUT", "/Invoices", body)
    return f"/Invoices/{answer.json()['Invoices'][0]['InvoiceID']}"


async def attach(box: Box, path: str, name: str, content: bytes, *, method: str = "PUT"):
    return await box.client.request(
        method,
        f"{API}{path}/Attachments/{name}",
        content=content,
        headers={"Content-Type": "text/plain"},
    )


async def test_a_file_comes_back_by_its_id_and_by_its_name(box: Box):
    path = await invoice_path(box)
    answer = await attach(box, path, "a%20b.txt", b"hello")
    [shown] = answer.json()["Attachments"]
    assert (shown["FileName"], shown["MimeType"], shown["ContentLength"]) == (
        "a b.txt",
        "text/plain",
        5,
    )
    for name in (shown["AttachmentID"], "a%20b.txt", "A%20B.TXT"):
        got = await box.get(f"{path}/Attachments/{name}")
        assert (got.content, got.headers["content-type"]) == (b"hello", "text/plain")
    assert (await box.get(f"{path}/Attachments/other.txt")).status_code == 404
    assert (await box.get(path)).json()["Invoices"][0]["HasAttachments"] is True


async def test_a_file_of_the_same_name_takes_the_place_of_the_first(box: Box):
    path = await invoice_path(box)
    await attach(box, path, "a.txt", b"one")
    await attach(box, path, "a.txt", b"three", method="POST")
    [shown] = (await box.get(f"{path}/Attachments")).json()["Attachments"]
    assert shown["ContentLength"] == 5


async def test_ten_files_are_the_limit(box: Box):
    path = await invoice_path(box)
    for number in range(10):
        assert (await attach(box, path, f"{number}.txt", b"x")).status_code == 200
    answer = await attach(box, path, "10.txt", b"x")
    assert answer.status_code == 400
    assert "at most 10 attachments" in answer.text
    assert (await attach(box, path, "9.txt", b"y")).status_code == 200


async def test_an_empty_file_is_refused(box: Box):
    assert (await attach(box, await invoice_path(box), "a.txt", b"")).status_code == 400


async def test_files_go_on_documents_that_exist(box: Box):
    path = "/Invoices/00000000-0000-0000-0000-000000000000"
    assert (await attach(box, path, "a.txt", b"x")).status_code == 404


async def test_history_comes_newest_first_and_takes_notes(box: Box):
    path = await invoice_path(box)
    box.clock.advance(minutes=1)
    note = {"HistoryRecords": [{"Details": "Rang twice"}]}
    written = (await box.write("PUT", f"{path}/History", note)).json()["HistoryRecords"]
    assert written[0]["Changes"] == "Note"
    assert "+" not in written[0]["DateUTC"]
    records = (await box.get(f"{path}/History")).json()["HistoryRecords"]
    assert [one["Changes"] for one in records] == ["Note", "Created"]
    assert records[0]["DateUTC"].endswith("+0000)/")


async def test_a_history_names_the_app_and_keeps_a_note_to_the_word(box: Box):
    path = await invoice_path(box)
    note = {"HistoryRecords": [{"Details": "Rang twice."}]}
    await box.write("PUT", f"{path}/History", note)
    said, made = (await box.get(f"{path}/History")).json()["HistoryRecords"]
    assert (said["User"], said["Details"]) == ("Demo App One", "Rang twice.")
    assert made["User"] == "Demo App One"
    assert made["Details"].endswith(" through the Xero API using Demo App One")


def test_who_signed_in_stands_beside_the_app():
    author = author_of("some-visitors-app")
    assert author.user == "Dana Demo"
    assert author.words("Made.") == "Made through the Xero API using some-visitors-app"
    assert author_of("demo-one").user == "Demo App One"


async def test_a_note_has_its_length_and_its_document(box: Box):
    path = await invoice_path(box)
    long = {"HistoryRecords": [{"Details": "x" * 2501}]}
    assert (await box.write("PUT", f"{path}/History", long)).status_code == 400
    wrong = path.replace("/Invoices/", "/Contacts/")
    answer = await box.write("PUT", f"{wrong}/History", {"HistoryRecords": [{"Details": "x"}]})
    assert answer.status_code == 400
    [element] = answer.json()["Elements"]
    assert element["ValidationErrors"] == [
        {"Message": "The document with the supplied id was not found for this endpoint."}
    ]


async def test_an_invoice_is_a_pdf_by_its_path_or_by_what_is_accepted(box: Box):
    path = await invoice_path(box)
    for answer in (await box.get(f"{path}/pdf"), await box.get(path, Accept=PDF)):
        assert answer.status_code == 200
        assert answer.headers["content-type"] == PDF
        assert answer.content.startswith(b"%PDF-1.4")
        assert b"INVOICE INV-0001" in answer.content


def test_the_table_of_a_pdf_points_at_its_objects():
    content = pdf_of(["Bolt (Ltd) \\ \u2603", *["line"] * 200])
    start = int(content.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    assert content[start:].startswith(b"xref\n0 6\n")
    for number, entry in enumerate(content[start:].splitlines()[3:8], start=1):
        assert content[int(entry[:10]) :].startswith(b"%d 0 obj" % number)
    assert b"(Bolt \\(Ltd\\) \\\\ ?) Tj" in content
