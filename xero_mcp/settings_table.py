"""Every setting by name: what docs/settings.md and `xero-mcp doctor` tell of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One row of the table in docs/settings.md and of `doctor`."""

    name: str
    purpose: str
    default: str = ""
    secret: bool = False


TABLE = (
    Setting(
        name="XERO_MCP_HOME",
        purpose="The state folder: database, keys, policies.",
        default="the platform's data folder",
    ),
    Setting(
        name="XERO_MCP_DATABASE_URL",
        purpose="Where the state is kept: `sqlite:///<path>`, or `postgresql://user:password@"
        "host/database` for many replicas.",
        default="sqlite:///<home>/xero-mcp.db",
    ),
    Setting(
        name="XERO_MCP_POLICIES",
        purpose="The folder of policy files.",
        default="<home>/policies where it exists, else the shipped ones",
    ),
    Setting(name="XERO_MCP_AGENT", purpose="The agent on stdio, where no --agent is given."),
    Setting(
        name="XERO_MCP_SECRET_KEY",
        purpose="Encrypts tokens at rest: any long random text.",
        default="the system keyring with `xero-mcp[keyring]`, else a file in the state folder, "
        "mode 0600",
        secret=True,
    ),
    Setting(
        name="XERO_MCP_CHECKPOINTS",
        purpose="A file or folder, best on another machine, where the audit log's signed "
        "checkpoints are kept too.",
        default="in the database alone",
    ),
    Setting(
        name="XERO_MCP_AUDIT_RETENTION",
        purpose="How long records are kept before `audit purge` may remove them: `7y` or `400d`.",
        default="7y",
    ),
    Setting(
        name="OTEL_EXPORTER_OTLP_ENDPOINT",
        purpose="Where OpenTelemetry spans are sent over OTLP/HTTP; it takes `xero-mcp[otel]`.",
        default="nowhere",
    ),
    Setting(
        name="XERO_MCP_SMTP_URL",
        purpose="The mail server for `--mail`: `smtp://user:password@host:587?from=a@example.com`, "
        "or `smtps://…`.",
        default="none: nothing can be mailed",
        secret=True,
    ),
    Setting(
        name="XERO_MCP_PUBLIC_URL",
        purpose="The address under which clients reach `serve --transport http`, as a proxy "
        "offers it: `https://mcp.example.com`.",
        default="none: this machine alone",
    ),
    Setting(
        name="XERO_MCP_ALLOWED_HOSTS",
        purpose="More host names that the HTTP server answers to, with commas between.",
        default="loopback, and the host of the public address",
    ),
    Setting(
        name="XERO_MCP_METRICS_KEY",
        purpose="The bearer key for /metrics, 16 characters at least.",
        default="none: /metrics answers this machine alone",
        secret=True,
    ),
    Setting(
        name="XERO_MCP_OIDC_ISSUER",
        purpose="The identity provider whose JWTs remote agents may bring, exactly as its tokens "
        "name it (`iss`): `https://login.example.com`.",
        default="none: agents come with keys alone",
    ),
    Setting(
        name="XERO_MCP_OIDC_AUDIENCE",
        purpose="What those tokens must name as their audience (`aud`).",
        default="the public address with /mcp",
    ),
    Setting(
        name="XERO_MCP_OIDC_AGENT_CLAIM",
        purpose="The claim of a token that names the agent.",
        default="agent",
    ),
    Setting(
        name="XERO_MCP_DEMO_MINUTE_SECONDS",
        purpose="How long the minute of Xero's limits lasts, 1 to 60: for tests of limits. The "
        "server and `demo-company --strict-limits` both go by it; refused where a host of Xero's "
        "API is not this machine.",
        default="60",
    ),
    Setting(
        name="XERO_MCP_CATCH_UP_SECONDS",
        purpose="How often Xero is asked for changes that no webhook tells of, 30 to 86400; 0 is "
        "never.",
        default="900 with a webhook key, else 0",
    ),
    Setting(name="XERO_CLIENT_ID", purpose="The client id of the app in Xero."),
    Setting(name="XERO_CLIENT_SECRET", purpose="The secret of that app.", secret=True),
    Setting(
        name="XERO_SCOPES",
        purpose="A ceiling on what is asked of Xero: scopes with spaces between.",
        default="what the agent's policy needs",
    ),
    Setting(
        name="XERO_CLIENT_BEARER_TOKEN",
        purpose="A ready access token, used as it is until it ends.",
        secret=True,
    ),
    Setting(
        name="XERO_WEBHOOK_KEY",
        purpose="The signing key of the webhook in Xero; while it is rotated, both with a comma "
        "between. With it, `serve --transport http` takes webhooks at /webhooks/xero.",
        default="none: no webhooks are taken",
        secret=True,
    ),
    Setting(
        name="XERO_REDIRECT_URI",
        purpose="Where Xero sends the browser back after signing in.",
        default="http://localhost:8910/callback",
    ),
    Setting(
        name="XERO_API_URL",
        purpose="Xero's API host; a demo company's, where one is used.",
        default="https://api.xero.com",
    ),
    Setting(
        name="XERO_IDENTITY_URL",
        purpose="Xero's identity host.",
        default="https://identity.xero.com",
    ),
    Setting(
        name="XERO_LOGIN_URL",
        purpose="Xero's sign-in host.",
        default="https://login.xero.com",
    ),
)
"""Every setting that this version reads. docs/settings.md is generated from it."""

FIELDS = {
    "XERO_MCP_HOME": "home",
    "XERO_MCP_DATABASE_URL": "database_url",
    "XERO_MCP_POLICIES": "policies",
    "XERO_MCP_AGENT": "agent",
    "XERO_MCP_SECRET_KEY": "secret_key",
    "XERO_MCP_CHECKPOINTS": "checkpoints",
    "XERO_MCP_AUDIT_RETENTION": "audit_retention",
    "XERO_MCP_SMTP_URL": "smtp_url",
    "XERO_MCP_PUBLIC_URL": "public_url",
    "XERO_MCP_ALLOWED_HOSTS": "allowed_hosts",
    "XERO_MCP_METRICS_KEY": "metrics_key",
    "XERO_MCP_OIDC_ISSUER": "oidc_issuer",
    "XERO_MCP_OIDC_AUDIENCE": "oidc_audience",
    "XERO_MCP_OIDC_AGENT_CLAIM": "oidc_agent_claim",
    "XERO_MCP_DEMO_MINUTE_SECONDS": "demo_minute_seconds",
    "XERO_MCP_CATCH_UP_SECONDS": "catch_up_seconds",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "otlp_endpoint",
    "XERO_CLIENT_BEARER_TOKEN": "bearer_token",
}
"""The settings whose field is not simply their name in lower case without XERO_."""

NAMES = frozenset(setting.name for setting in TABLE)
