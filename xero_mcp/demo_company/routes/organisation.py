"""The organisation itself, what it may do, and its CIS settings."""

from typing import Final

from xero_mcp.demo_company.kernel import Answer, Call, NotFoundError, route

_ACTIONS: Final = (
    "CreateApprovedInvoice",
    "CreateDraftPurchaseOrder",
    "CreateApprovedBill",
    "AttachFilesIntoInvoice",
    "UseMulticurrency",
    "CreateDraftInvoice",
    "CreateRepeatingInvoice",
    "CreateRepeatingBill",
    "CreateSentQuote",
    "CreateInvoicePayment",
    "CreateApprovedPurchaseOrder",
    "CreateDraftQuote",
    "CreateDraftBill",
)


@route("GET", "/Organisation")
def get_organisation(call: Call) -> Answer:
    return Answer(body={"Organisations": [call.company.organisation]})


@route("GET", "/Organisation/Actions")
def get_actions(call: Call) -> Answer:
    """Every plan of a demo company allows all but what needs more than one currency."""
    several = len(call.company.table("Currencies")) > 1
    return Answer(
        body={
            "Actions": [
                {
                    "Name": name,
                    "Status": "ALLOWED" if several or name != "UseMulticurrency" else "NOT-ALLOWED",
                }
                for name in _ACTIONS
            ]
        }
    )


@route("GET", "/Organisation/{OrganisationID}/CISSettings")
def get_cis_settings(call: Call) -> Answer:
    """The Construction Industry Scheme is British; elsewhere there is nothing to be found."""
    company = call.company
    if call.path["OrganisationID"] != company.id or company.organisation["CountryCode"] != "GB":
        raise NotFoundError
    settings = {"CISContractorEnabled": False, "CISSubContractorEnabled": False}
    return Answer(body={"CISSettings": [settings]})


ROUTES = (get_organisation, get_actions, get_cis_settings)
