"""What the settings reach Xero with: hosts, credentials, and the key that seals its tokens."""

from xero_mcp.app.office import Office
from xero_mcp.app.sealing_key import KEY_FILE, secret_key
from xero_mcp.errors import SettingsError
from xero_mcp.settings import Secret, Settings
from xero_mcp.xero.credentials import Credentials, XeroHosts
from xero_mcp.xero.secret import Sealer

DEMO_CLIENT_ID = "demo"
DEMO_CLIENT_SECRET = "demo-secret"  # noqa: S105 - the demo company's published credentials
DEMO_URL = "https://demo-company.localhost"


def hosts_of(settings: Settings) -> XeroHosts:
    return XeroHosts(
        api_url=settings.api_url,
        identity_url=settings.identity_url,
        login_url=settings.login_url,
    )


def app_secrets(settings: Settings) -> dict[str, Secret]:
    """The secret of the app that the settings name; those of other apps are kept sealed."""
    if settings.client_id is None or settings.client_secret is None:
        return {}
    return {settings.client_id: settings.client_secret}


async def check_connection(office: Office) -> None:
    """Find out whether there is anything to reach Xero with; it need not work.

    Raises:
        SettingsError: neither credentials in the settings, nor a sign-in.
        StoreUnavailableError: the database cannot be read.
    """
    if own_credentials(office.settings) is None:
        host = hosts_of(office.settings).fingerprint
        signed_in = await office.store.read(lambda tables: tables.sign_ins.of_host(host))
        if not signed_in:
            credentials_of(office.settings)


def own_credentials(settings: Settings) -> Credentials | None:
    """What the settings sign in with; None where that is left to people's sign-ins.

    Raises:
        SettingsError: what is set cannot be right.
    """
    with_secret = settings.client_id is not None and settings.client_secret is not None
    if settings.bearer_token is None and not with_secret:
        return None
    return credentials_of(settings)


def credentials_of(settings: Settings) -> Credentials:
    """What the settings sign in to Xero with.

    Raises:
        SettingsError: nothing to sign in with, or it cannot be right.
    """
    try:
        if settings.bearer_token is not None:
            return Credentials.bearer(settings.bearer_token)
        if settings.client_id is not None and settings.client_secret is not None:
            return Credentials.custom_connection(settings.client_id, settings.client_secret)
    except ValueError as error:
        raise SettingsError(f"The credentials for Xero cannot be right: {error}.") from error
    raise SettingsError(
        "There is no connection to Xero: run `xero-mcp connect`, or set XERO_CLIENT_ID and "
        "XERO_CLIENT_SECRET of a Custom Connection, or XERO_CLIENT_BEARER_TOKEN; or try `--demo`."
    )


def sealer(settings: Settings) -> Sealer:
    try:
        return Sealer(secret_key(settings))
    except ValueError as error:
        where = "XERO_MCP_SECRET_KEY" if settings.secret_key else str(settings.home / KEY_FILE)
        raise SettingsError(f"The key in {where} cannot be used: {error}.") from error
