"""Every attack that is named has a test that says its name."""

import re
from pathlib import Path

import pytest

NAMED = {
    "DNS rebinding": r"dns_rebinding",
    "a foreign origin": r"foreign_origin",
    "an oversized body": r"oversized_body",
    "an endless body": r"endless_body",
    "header injection": r"header_injection",
    "path tricks": r"path_tricks",
    "key guessing": r"key_guessing",
    "a JWT with alg none": r"jwt_with_alg_none",
    "a JWT for the wrong audience": r"jwt_for_the_wrong_audience",
    "an expired JWT": r"expired_jwt",
    "a JWT with an unknown kid": r"jwt_of_an_unknown_kid",
    "a replayed session id of another principal": r"replayed_session_id_of_another_principal",
    "SSRF through a setting": r"ssrf_through_a_setting",
    "SSRF through an argument": r"ssrf_through_any_argument",
    "secrets in logs": r"no_secrets_\w*logs",
    "world-readable state": r"no_world_readable_state",
}
TEST = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)


def names_of_tests() -> list[str]:
    files = sorted(Path(__file__).parent.glob("test_*.py"))
    texts = [file.read_text(encoding="utf-8") for file in files if file.name != Path(__file__).name]
    return [name for text in texts for name in TEST.findall(text)]


@pytest.mark.parametrize("attack", NAMED)
def test_an_attack_has_a_test_of_its_name(attack: str):
    assert [name for name in names_of_tests() if re.search(NAMED[attack], name)]
