"""What organisations are called, as far as the store knows. Xero is not asked."""

from collections.abc import Mapping

from xero_mcp.app import Office, hosts_of, own_credentials
from xero_mcp.errors import SettingsError
from xero_mcp.store.base import Tables
from xero_mcp.xero.connections import KnownOrganisations, kept_list_name
from xero_mcp.xero.tokens import place_of


async def organisation_names(office: Office) -> Mapping[str, str]:
    """Id to name, of those that people connected and of the Custom Connection of the settings."""
    hosts = hosts_of(office.settings)
    try:
        own = own_credentials(office.settings)
    except SettingsError:
        own = None

    def look(tables: Tables) -> Mapping[str, str]:
        names = {
            one.organisation_id: one.name
            for one in tables.sign_ins.organisations(hosts.fingerprint)
        }
        if own is not None:
            kept = tables.kept.get(kept_list_name(place_of(hosts, own)), office.clock.now())
            if isinstance(kept, str):
                known = KnownOrganisations.from_text(kept).organisations
                names |= {one.id: one.name for one in known}
        return names

    return await office.store.read(look)
