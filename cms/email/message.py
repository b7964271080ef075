"""The mail of one recipient: HTML and text from the same choices, and its bytes on the wire."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from cms.decisions.decision import Choice
from cms.email.compiled import CompiledEmails
from cms.email.gaps import Gap, MailGap, written
from cms.email.plain_text import wrapped
from cms.email.recipient import Recipient
from cms.email.wire import mime_bytes
from cms.email.wording import words
from cms.errors import CmsError
from cms.facts.context import View
from cms.rendering.formats import direction_of


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Whose mail it is: the shop's name, its http(s) address that links begin with, its postal address if any."""

    shop: str
    base_url: str
    address: str = ""

    def __post_init__(self) -> None:
        if not _WEB.fullmatch(self.base_url):
            raise CmsError(
                "bad-base-url", f'"{self.base_url}" cannot begin links; give one such as https://shop.example.'
            )


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail without its sender and receiver. `headers` are those the content decides."""

    subject: str
    preheader: str
    html: str
    text: str
    headers: Mapping[str, str]


_WEB = re.compile(r"https?://[^\s<>\"'\\]+")


def compose(
    emails: CompiledEmails,
    slots: Mapping[str, tuple[Choice, ...]],
    view: View,
    *,
    subject: str,
    preheader: str,
    locale: str,
    decision: str,
    letterhead: Letterhead,
    unsubscribe_url: str = "",
    automatic: bool = False,
) -> Mail:
    """Write one recipient's mail; compiles nothing where `emails` was compiled ahead.

    Args:
        emails: The release's fragments and shells.
        slots: What was decided, in the order of the mail.
        view: The recipient's facts.
        subject: Filled already; may be any text, line breaks become spaces.
        preheader: What inboxes show after the subject; filled already.
        locale: Of the mail around the content; a choice in another locale says so.
        decision: Goes out as `X-CMS-Decision`, so that anyone can ask why this was sent.
        letterhead: Whose mail it is.
        unsubscribe_url: One click there unsubscribes (RFC 8058); "" for mails that cannot be unsubscribed from.
        automatic: Transactional: says so to auto-responders (RFC 3834).

    Raises:
        CmsError: `not-compiled`, `bad-template`, `unfilled`; `bad-header`: the unsubscribe address is not http(s).
    """
    if unsubscribe_url and not _WEB.fullmatch(unsubscribe_url):
        raise CmsError("bad-header", "An unsubscribe address starts with https:// and holds no space.")
    base = letterhead.base_url.rstrip("/")
    choices = [choice for chosen in slots.values() for choice in chosen]
    named = {
        "subject": _one_line(subject),
        "preheader": _one_line(preheader),
        "shop": letterhead.shop,
        "address": letterhead.address,
        "base": base,
        "unsubscribe": unsubscribe_url,
        "slots": Markup("").join(_shown(emails, Recipient(choice, view, base), locale) for choice in choices),
    }
    return Mail(
        named["subject"],
        named["preheader"],
        _html(emails, named, locale),
        "\n\n".join(_texts(emails, choices, view, named, locale)) + "\n",
        _headers(decision, unsubscribe_url, automatic=automatic),
    )


def mime(mail: Mail, *, sender: str, to: str, message_id: str, date: datetime) -> bytes:
    """Write the mail as RFC 5322 bytes: multipart/alternative, both parts base64 UTF-8, lines end in CRLF.

    Args:
        mail: What to send.
        sender: `Shop <shop@example.org>` or an address alone.
        to: The receiver, likewise.
        message_id: `<unique@host>`.
        date: Aware.

    Raises:
        CmsError: `bad-header`: a line break or another control character, an address that is none, or a header
            name or value that cannot go out as it is.
    """
    return mime_bytes(
        mail.subject, mail.text, mail.html, mail.headers, sender=sender, to=to, message_id=message_id, date=date
    )


def _shown(emails: CompiledEmails, recipient: Recipient, locale: str) -> Markup:
    choice = recipient.choice
    html = written(emails.fragment(choice).html, recipient.value)
    if choice.locale == locale:
        return Markup(html)  # noqa: S704 - compiled HTML, its gaps escaped
    return Markup('<div lang="{}" dir="{}">{}</div>').format(
        choice.locale,
        direction_of(choice.locale),
        Markup(html),  # noqa: S704 - as above
    )


def _html(emails: CompiledEmails, named: Mapping[str, str], locale: str) -> str:
    def value(gap: Gap) -> str:
        return named[gap.name] if isinstance(gap, MailGap) else ""

    return written(emails.shell(locale).html, value)


def _texts(
    emails: CompiledEmails, choices: Iterable[Choice], view: View, named: Mapping[str, str], locale: str
) -> Iterable[str]:
    base, said = named["base"], words(locale)
    yield f"{named['shop']}\n{base}/"
    yield from filter(None, (emails.compiler.text(choice, view, base=base) for choice in choices))
    why = f"{said['why']}\n{said['unsubscribe']}: {named['unsubscribe']}" if named["unsubscribe"] else ""
    foot = "\n".join(wrapped(line) for line in (why, named["address"]) if line)
    if foot:
        yield f"-- \n{foot}"


def _headers(decision: str, unsubscribe_url: str, *, automatic: bool) -> dict[str, str]:
    headers = {"X-CMS-Decision": decision}
    if automatic:
        headers["Auto-Submitted"] = "auto-generated"
    if unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _one_line(text: str) -> str:
    return " ".join(text.split())
