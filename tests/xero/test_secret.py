import copy
import logging
import pickle

import pytest

from xero_mcp.xero.credentials import Credentials
from xero_mcp.xero.secret import Sealer, Secret, UnsealableError

TEXT = "open sesame"


def test_a_secret_shows_itself_only_when_asked(caplog: pytest.LogCaptureFixture):
    secret = Secret(TEXT)
    logging.getLogger("x").warning("%s %r", secret, secret)
    shown = f"{secret} {secret!r} {secret!s} {secret:>20} {[secret]} {caplog.text}"
    assert TEXT not in shown
    assert "****" in shown
    assert secret.reveal() == TEXT


@pytest.mark.parametrize("write_down", [pickle.dumps, copy.deepcopy])
def test_a_secret_is_not_written_down(write_down: object):
    assert callable(write_down)
    with pytest.raises(TypeError, match="seal it"):
        write_down(Secret(TEXT))


def test_secrets_compare_by_what_they_hold():
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    assert not Secret("")


def test_what_is_sealed_opens_in_its_place_with_its_key_alone():
    sealer = Sealer(b"k" * 32)
    sealed = sealer.seal(Secret(TEXT), place="token/a")
    assert TEXT.encode() not in sealed
    assert sealer.open(sealed, place="token/a") == Secret(TEXT)
    assert sealer.seal(Secret(TEXT), place="token/a") != sealed
    for other, place, content in [
        (sealer, "token/b", sealed),
        (Sealer(b"K" * 32), "token/a", sealed),
        (sealer, "token/a", sealed[:-1]),
        (sealer, "token/a", b""),
    ]:
        with pytest.raises(UnsealableError):
            other.open(content, place=place)


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="16 bytes"):
        Sealer(b"short")


def test_credentials_do_not_show_their_secrets():
    connection = Credentials.custom_connection("client", Secret(TEXT.replace(" ", "-")))
    bearer = Credentials.bearer(Secret("bearer-text"))
    assert "sesame" not in repr(connection)
    assert "bearer-text" not in repr(bearer) + bearer.fingerprint
    assert connection.fingerprint != bearer.fingerprint


@pytest.mark.parametrize("text", ["a b", "a\n", "é", "a\x00"])
def test_a_secret_that_would_break_a_header_is_refused_unseen(text: str):
    with pytest.raises(ValueError, match="holds a space or a character") as raised:
        Credentials.bearer(Secret(text))
    assert text not in str(raised.value)


def test_one_kind_of_credentials_is_needed():
    with pytest.raises(ValueError, match="exactly one"):
        Credentials()
    with pytest.raises(ValueError, match="exactly one"):
        Credentials(client_id="a", client_secret=Secret("b"), bearer_token=Secret("c"))
    with pytest.raises(ValueError, match="client id"):
        Credentials(client_secret=Secret("b"))
