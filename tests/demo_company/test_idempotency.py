from tests.demo_company.box import API, Box, open_box

KEY = "a" * 128


async def contacts(box: Box) -> int:
    return len((await box.get("/Contacts")).json()["Contacts"])


async def test_the_same_write_with_the_same_key_is_done_once(box: Box):
    await box.sign_in()
    body = {"Contacts": [{"Name": "Ångström & Co"}]}
    first = await box.write("PUT", "/Contacts", body, Idempotency_Key=KEY)
    again = await box.write("PUT", "/Contacts", body, Idempotency_Key=KEY)
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert await contacts(box) == 1
    assert (await box.stats())["idempotent_replays"] == 1


async def test_a_replay_counts_against_the_limits(box: Box):
    await box.sign_in()
    first = await box.write("PUT", "/Contacts", {"Name": "A"}, Idempotency_Key=KEY)
    again = await box.write("PUT", "/Contacts", {"Name": "A"}, Idempotency_Key=KEY)
    assert first.headers["x-minlimit-remaining"] == "59"
    assert again.headers["x-minlimit-remaining"] == "58"


async def test_a_key_is_remembered_for_six_minutes_only(box: Box):
    await box.sign_in()
    body = {"Contacts": [{"Name": "Once"}]}
    await box.write("PUT", "/Contacts", body, Idempotency_Key=KEY)
    box.clock.advance(minutes=5, seconds=59)
    assert (await box.write("PUT", "/Contacts", body, Idempotency_Key=KEY)).status_code == 200
    box.clock.advance(seconds=1)
    late = await box.write("PUT", "/Contacts", body, Idempotency_Key=KEY)
    assert late.status_code == 400
    assert "already assigned to another contact" in late.text


async def test_the_same_key_for_another_request_is_refused_in_xeros_words(box: Box):
    await box.sign_in()
    await box.write("PUT", "/Contacts", {"Name": "A"}, Idempotency_Key=KEY)
    others = [
        await box.write("PUT", "/Contacts", {"Name": "B"}, Idempotency_Key=KEY),
        await box.write("POST", "/Contacts", {"Name": "A"}, Idempotency_Key=KEY),
        await box.write("PUT", "/Contacts?unitdp=4", {"Name": "A"}, Idempotency_Key=KEY),
        await box.write("PUT", "/Items", {"Name": "A"}, Idempotency_Key=KEY),
    ]
    for other in others:
        assert other.status_code == 400
        assert other.json()["Message"] == (
            f"Idempotency Key {KEY} is used with a different request."
        )
    assert await contacts(box) == 1


async def test_an_error_is_remembered_as_well(box: Box):
    await box.sign_in()
    refused = await box.write("PUT", "/Contacts", {"Nonsense": 1}, Idempotency_Key=KEY)
    assert refused.status_code == 400
    again = await box.write("PUT", "/Contacts", {"Nonsense": 1}, Idempotency_Key=KEY)
    assert (again.status_code, again.content) == (400, refused.content)
    assert (await box.stats())["idempotent_replays"] == 1


async def test_a_key_of_129_characters_is_refused(box: Box):
    await box.sign_in()
    answer = await box.write("PUT", "/Contacts", {"Name": "A"}, Idempotency_Key="a" * 129)
    assert answer.status_code == 400
    assert "128 characters" in answer.json()["Message"]
    assert await contacts(box) == 0


async def test_a_key_belongs_to_its_app():
    async with open_box() as box:
        await box.sign_in("demo-one")
        await box.write("PUT", "/Contacts", {"Name": "A"}, Idempotency_Key=KEY)
        await box.sign_in("demo")
        tenant = {"xero-tenant-id": box.company().id, "Idempotency-Key": KEY}
        other = await box.client.put(f"{API}/Contacts", json={"Name": "B"}, headers=tenant)
        assert other.status_code == 200


async def test_a_get_has_no_use_for_a_key(box: Box):
    await box.sign_in()
    headers = {"Idempotency-Key": KEY}
    for path in ("/Organisation", "/Accounts"):
        assert (await box.client.get(f"{API}{path}", headers=headers)).status_code == 200


async def test_a_write_lost_after_it_was_done_can_be_sent_again_safely(box: Box):
    await box.sign_in()
    await box.fault("server_error", method="PUT", path="/Contacts")
    body = {"Contacts": [{"Name": "Twice"}]}
    assert (await box.write("PUT", "/Contacts", body, Idempotency_Key=KEY)).status_code == 500
    assert (await box.write("PUT", "/Contacts", body, Idempotency_Key=KEY)).status_code == 200
    assert await contacts(box) == 1
