"""The settings of an identity provider."""

from pathlib import Path

import pytest

from xero_mcp.app.identity import resource_metadata
from xero_mcp.errors import SettingsError
from xero_mcp.settings import Settings, load_settings

ISSUER = "https://login.example.com/realms/house/"


def read(tmp_path: Path, **environment: str) -> Settings:
    return load_settings(environment=environment, env_file=tmp_path / "none")


def test_the_issuer_is_kept_to_the_letter(tmp_path: Path):
    settings = read(tmp_path, XERO_MCP_OIDC_ISSUER=ISSUER, XERO_MCP_OIDC_AUDIENCE="us")
    assert (settings.oidc_issuer, settings.oidc_audience) == (ISSUER, "us")
    assert settings.oidc_agent_claim == "agent"
    assert read(tmp_path).oidc_issuer is None


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("https://MCP.Example.com", "https://mcp.example.com"),
        ("HTTPS://mcp.example.com:443/", "https://mcp.example.com"),
        ("https://mcp.example.com:4443", "https://mcp.example.com:4443"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_the_public_address_is_written_as_clients_and_browsers_write_it(
    tmp_path: Path, given: str, meant: str
):
    """Tokens are for it to the letter, and forms must come from it."""
    settings = read(tmp_path, XERO_MCP_PUBLIC_URL=given)
    assert settings.public_url == meant
    metadata = resource_metadata(
        read(tmp_path, XERO_MCP_PUBLIC_URL=given, XERO_MCP_OIDC_ISSUER=ISSUER)
    )
    assert metadata is not None
    assert metadata["resource"] == f"{meant}/mcp"


@pytest.mark.parametrize(
    "issuer",
    [
        "http://login.example.com",
        "login.example.com",
        "https://user@login.example.com",
        "https://login.example.com?a=b",
        "https://identity.xero.com",
        "https://xero.com/",
        "https://",
    ],
)
def test_an_issuer_that_is_unsafe_or_xeros_is_refused(tmp_path: Path, issuer: str):
    with pytest.raises(SettingsError, match="XERO_MCP_OIDC_ISSUER"):
        read(tmp_path, XERO_MCP_OIDC_ISSUER=issuer, XERO_MCP_OIDC_AUDIENCE="us")


def test_an_issuer_without_an_audience_would_let_tokens_for_others_in(tmp_path: Path):
    with pytest.raises(SettingsError, match="meant for this server"):
        read(tmp_path, XERO_MCP_OIDC_ISSUER=ISSUER)
    public = "https://mcp.example.com"
    assert read(tmp_path, XERO_MCP_OIDC_ISSUER=ISSUER, XERO_MCP_PUBLIC_URL=public).oidc_issuer


@pytest.mark.parametrize("claim", ['a"b', "a b", "é", "a\\b", "x" * 201])
def test_only_the_plain_name_of_a_claim_is_taken(tmp_path: Path, claim: str):
    with pytest.raises(SettingsError, match="name of a claim"):
        read(tmp_path, XERO_MCP_OIDC_AGENT_CLAIM=claim)
    name = "https://example.com/agent"
    assert read(tmp_path, XERO_MCP_OIDC_AGENT_CLAIM=name).oidc_agent_claim == name
