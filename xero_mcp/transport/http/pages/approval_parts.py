"""What stands on the approval pages: from what is known to what is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Final

from xero_mcp.approvals import PAGES, Approval, standing_lines
from xero_mcp.approvals.desk import MAX_NOTE
from xero_mcp.approvals.people import MAX_PASSPHRASE
from xero_mcp.clock import distance
from xero_mcp.store.tables.approvals import ApprovalStatus
from xero_mcp.transport.http.pages.html import NOTHING, Html, element, joined

HOME: Final = PAGES
SIGN_IN: Final = f"{HOME}/sign-in"
SIGN_OUT: Final = f"{HOME}/sign-out"
MAX_EMAIL: Final = 120
CUT: Final = (
    "Very many questions wait, for all people together; the oldest are not listed. A link leads to "
    "each of them."
)
YOUR_DECISION: Final = "Your decision"
KEY_FIELD: Final = "form_key"
"""The field that shows that a form came from a page of ours."""

_TONES: Final = {
    ApprovalStatus.PENDING: ("wait", "waits for a decision"),
    ApprovalStatus.APPROVED: ("good", "approved"),
    ApprovalStatus.REJECTED: ("bad", "rejected"),
    ApprovalStatus.USED: ("good", "approved and used"),
    ApprovalStatus.EXPIRED: ("bad", "expired"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One question, as one person sees it at one moment."""

    approval: Approval
    person: str
    now: datetime
    policy_changed: bool = False

    @property
    def has_spoken(self) -> bool:
        return any(word.person == self.person for word in self.approval.decisions)

    @property
    def still_missing(self) -> int:
        yeses = sum(word.approves for word in self.approval.decisions)
        return max(1, self.approval.row.approvals_needed - yeses)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormKeys:
    """What each form on a page carries to show that it is ours."""

    approve: str = ""
    reject: str = ""


def utc(moment: datetime) -> str:
    """A browser without a script does not say where it is, so the zone is said."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def path_of(approval_id: str) -> str:
    return f"{HOME}/{approval_id}"


def header(person: str, key: str) -> Html:
    return element(
        "header",
        element("a", "Approvals", href=HOME),
        element(
            "form",
            _hidden(KEY_FIELD, key),
            element("span", "Signed in as ", element("strong", person)),
            element("button", "Sign out"),
            method="post",
            action=SIGN_OUT,
        ),
    )


def note(words: str, *, tone: str) -> Html:
    """Something to be told at once, by a screen reader too."""
    role = "alert" if tone == "bad" else "status"
    return element("p", words, class_=f"note {tone}", role=role)


def sign_in_form(*, about: str, key: str, said: Html = NOTHING) -> Html:
    """`about`: the approval that is wanted; empty for the list."""
    return joined(
        element("h1", "Sign in to approve"),
        said,
        element(
            "form",
            _hidden(KEY_FIELD, key),
            _hidden("about", about),
            element("label", "E-mail address", for_="email"),
            element(
                "input",
                id="email",
                name="email",
                type="email",
                autocomplete="username",
                maxlength=str(MAX_EMAIL),
                required=True,
                autofocus=True,
            ),
            element("label", "Passphrase", for_="passphrase"),
            element(
                "input",
                id="passphrase",
                name="passphrase",
                type="password",
                autocomplete="current-password",
                maxlength=str(MAX_PASSPHRASE),
                required=True,
            ),
            element("button", "Sign in"),
            method="post",
            action=SIGN_IN,
            class_="card",
        ),
        element(
            "p",
            "No passphrase yet? Whoever runs the server gives you one with ",
            element("code", "xero-mcp people add"),
            ".",
            class_="soft",
        ),
    )


def waiting_list(mine: Sequence[Seen], *, is_cut: bool) -> Html:
    """What waits for this person, and what waits for others after their word.

    `is_cut`: so much waits that the oldest of it was not looked at.
    """
    waiting = [one for one in mine if not one.has_spoken]
    spoken = [one for one in mine if one.has_spoken]
    if not mine and not is_cut:
        return joined(
            element("h1", "Nothing waits for you"),
            element("p", "When an agent asks for something that you may decide, it is here."),
        )
    number = f"{len(waiting)} to decide" if waiting else "Nothing waits for you"
    parts = [element("h1", number)]
    if waiting:
        parts.append(_section("Waiting for you", _rows(waiting)))
    if spoken:
        parts.append(_section("You approved; others must too", _rows(spoken)))
    if is_cut:
        parts.append(element("p", CUT, class_="soft"))
    return joined(*parts)


def whole(seen: Seen, keys: FormKeys, *, said: Html = NOTHING) -> Html:
    """One question: what the command line shows, and where one may, the two answers."""
    row = seen.approval.row
    tone, word = _TONES[seen.approval.status]
    standing = [line for line in standing_lines(seen.approval, utc, now=seen.now) if line[1]]
    return joined(
        element("p", element("span", word, class_=f"state {tone}"), " ", element("span", row.id)),
        element("h1", f"{row.agent} wants to {row.action or row.tool}"),
        element("p", f"in {row.organisation_name}", class_="soft"),
        said,
        _verdict(seen),
        _section("What is asked", _pairs(row.summary)),
        _section("How it stands", _pairs(standing)),
        _choices(seen, keys) if may_decide(seen) else NOTHING,
    )


def may_decide(seen: Seen) -> bool:
    """Whether this person's word is still wanted."""
    return seen.approval.status is ApprovalStatus.PENDING and not seen.has_spoken


def nothing_here(person: str) -> Html:
    """The same for what is not there and for what is for others."""
    return joined(
        element("h1", "Nothing here for you"),
        element(
            "p",
            "Either there is no such approval, or the rule that asks names other people than ",
            element("strong", person),
            ".",
        ),
        _to_list(),
    )


def message(title: str, words: str) -> Html:
    return joined(element("h1", title), element("p", words), _to_list())


def _to_list() -> Html:
    return element("p", element("a", "To what waits for you", href=HOME))


def _verdict(seen: Seen) -> Html:
    """The state in a sentence."""
    agent = seen.approval.row.agent
    left = distance(seen.approval.expires_at, seen.now)
    match seen.approval.status:
        case ApprovalStatus.PENDING if seen.has_spoken:
            words, tone = f"Your word is noted. {seen.still_missing} more must approve.", "good"
        case ApprovalStatus.PENDING if seen.policy_changed:
            tone = "wait"
            words = (
                f"The policy of {agent} has changed since this was asked, so a yes would not "
                "count: the agent asks anew when it sends the call again."
            )
        case ApprovalStatus.PENDING:
            to_choices = element("a", "To your decision", href=f"#{_name(YOUR_DECISION)}")
            return element("p", f"The time to answer ends {left}. ", to_choices)
        case ApprovalStatus.APPROVED:
            tone = "good"
            words = (
                f"{agent} may do this once; the leave ends {left}. Nothing is sent until the "
                "agent sends the same call again."
            )
        case ApprovalStatus.REJECTED:
            words, tone = f"{agent} may not do this, and hears the reason.", "bad"
        case ApprovalStatus.USED:
            words, tone = "It was approved and has been used. It cannot be used again.", "good"
        case ApprovalStatus.EXPIRED:
            words, tone = "Nobody decided in time, or nobody used it in time.", "bad"
    return note(words, tone=tone)


def _choices(seen: Seen, keys: FormKeys) -> Html:
    path = path_of(seen.approval.id)
    approve = element(
        "form",
        _hidden(KEY_FIELD, keys.approve),
        element("label", "A note ", element("span", "(if you like)"), for_="note"),
        element("input", id="note", name="note", maxlength=str(MAX_NOTE), autocomplete="off"),
        element("button", "Approve"),
        method="post",
        action=f"{path}/approve",
    )
    reject = element(
        "form",
        _hidden(KEY_FIELD, keys.reject),
        element("label", "Why not? ", element("span", "(the agent hears it)"), for_="reason"),
        element(
            "input",
            id="reason",
            name="reason",
            maxlength=str(MAX_NOTE),
            autocomplete="off",
            required=True,
        ),
        element("button", "Reject", class_="no"),
        method="post",
        action=f"{path}/reject",
    )
    both = joined(NOTHING if seen.policy_changed else approve, reject)
    return _section(YOUR_DECISION, element("div", both, class_="choices"))


def _rows(many: Sequence[Seen]) -> Html:
    rows = [
        element(
            "li",
            element(
                "a",
                element("strong", f"{one.approval.row.agent} wants to {one.approval.row.action}"),
                element(
                    "div",
                    f"in {one.approval.row.organisation_name} · {one.approval.id} · answer "
                    f"{distance(one.approval.expires_at, one.now)}",
                    class_="soft",
                ),
                href=path_of(one.approval.id),
            ),
        )
        for one in many
    ]
    return element("ul", *rows)


def _pairs(pairs: Sequence[tuple[str, str]]) -> Html:
    rows = [
        element(
            "div",
            element("dt", label),
            *(element("dd", element("bdi", value)) for _, value in alike),
            class_="total" if label.startswith("total") else False,
        )
        for label, alike in groupby(pairs, key=itemgetter(0))
    ]
    return element("dl", *rows)


def _section(title: str, *inside: Html) -> Html:
    name = _name(title)
    return element("section", element("h2", title, id=name), *inside, aria_labelledby=name)


def _name(title: str) -> str:
    return title.lower().replace(" ", "-").replace(";", "")


def _hidden(name: str, value: str) -> Html:
    return element("input", type="hidden", name=name, value=value)
