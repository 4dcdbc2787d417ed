"""How remote agents are known: keys, and the tokens of an identity provider."""

from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import urlsplit

from xero_mcp.agents.identify import Identifier
from xero_mcp.agents.issuer import FetchError, Issuer
from xero_mcp.agents.tokens import TokenRules, Tokens
from xero_mcp.app.house import House
from xero_mcp.app.office import Office
from xero_mcp.audit.entry import Entry, Kind, Status
from xero_mcp.clock import Clock
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.settings import Settings
from xero_mcp.xero.network import (
    AnswerTooLargeError,
    BrokenError,
    Network,
    NetworkRules,
    Outgoing,
    UnsentError,
    network,
)

RULES = NetworkRules(
    connect_seconds=3.0, read_seconds=5.0, attempt_seconds=6.0, max_answer_bytes=512 * 1024
)
"""Of one document of the identity provider: small, soon here, and without redirects."""
METADATA = "/.well-known/oauth-protected-resource"


def identifier_of(house: House) -> Identifier:
    """What turns credentials into agents."""
    office, settings = house.office, house.office.settings

    async def has_policy(name: str) -> bool:
        file = await office.agents.policy_file(name)
        return house.policies.in_force(name, file=file).policy is not None

    tokens = None
    issuer = issuer_of(settings, office.clock)
    if issuer is not None:
        rules = TokenRules(audiences=_audiences(settings), agent_claim=settings.oidc_agent_claim)
        tokens = Tokens(issuer, office.clock, rules, has_policy=has_policy)
    return Identifier(
        office.agents,
        office.clock,
        lambda why: _record(office, why),
        tokens=tokens,
        xero_hosts=_hosts(settings.identity_url) - _hosts(settings.oidc_issuer),
    )


def issuer_of(settings: Settings, clock: Clock) -> Issuer | None:
    """The identity provider that the settings name."""
    return Issuer(settings.oidc_issuer, fetched, clock) if settings.oidc_issuer else None


async def fetched(url: str) -> bytes:
    """One document of the identity provider. It is asked so seldom that no connection is kept.

    Raises:
        FetchError: it cannot be had.
    """
    line = Network(network(RULES), RULES)
    request = Outgoing(method="GET", url=url, headers={"accept": "application/json"})
    try:
        answer = await line.send(request)
    except (UnsentError, BrokenError) as error:
        raise FetchError(f"{url} does not answer ({error})") from error
    except AnswerTooLargeError as error:
        raise FetchError(f"{url} answers with too much") from error
    finally:
        await line.close()
    if answer.status != HTTPStatus.OK:
        raise FetchError(f"{url} answers with status {answer.status}")
    return answer.body


def resource_metadata(settings: Settings) -> Mapping[str, object] | None:
    """What a client reads of where to get a token (RFC 9728); None where there is nowhere."""
    resource = _resource(settings)
    if settings.oidc_issuer is None or resource is None:
        return None
    return {
        "resource": resource,
        "authorization_servers": [settings.oidc_issuer],
        "bearer_methods_supported": ["header"],
        "resource_name": "xero-mcp",
    }


def metadata_url(settings: Settings) -> str | None:
    """Where that lies, for challenges."""
    if resource_metadata(settings) is None:
        return None
    return f"{settings.public_url}{METADATA}/mcp"


def _resource(settings: Settings) -> str | None:
    return f"{settings.public_url}/mcp" if settings.public_url else None


def _audiences(settings: Settings) -> frozenset[str]:
    named = (settings.oidc_audience, _resource(settings))
    return frozenset(one for one in named if one)


def _hosts(url: str | None) -> frozenset[str]:
    host = urlsplit(url or "").hostname
    return frozenset({host} if host else ())


async def _record(office: Office, why: str) -> None:
    with suppress(StoreUnavailableError):  # nobody came in; the next who does is told
        await office.audit.record(Entry(kind=Kind.KEY, status=Status.REFUSED, reason=why))
