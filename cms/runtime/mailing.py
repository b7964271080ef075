"""Mailing: an email decided like a page, then written for one recipient."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cms.commerce import SignalClient
from cms.components.body import fills
from cms.content.snapshot import Email, Page, Snapshot
from cms.decisions.decision import Choice
from cms.decisions.requests import Request
from cms.email.message import Mail, compose
from cms.facts.context import View
from cms.facts.placeholders import Template
from cms.rendering.filling import fill
from cms.runtime.answers import Answer, answer
from cms.runtime.counting import Counting
from cms.runtime.recording import Recorder
from cms.runtime.site import Site

# Sent because of what the recipient did; anything else can be unsubscribed from.
_TRANSACTIONAL = frozenset({"confirmation", "post-purchase", "account"})


@dataclass(frozen=True, slots=True)
class Mailing:
    """One recipient's mail and the decision behind it."""

    mail: Mail
    answer: Answer


def mail_for(
    site: Site,
    email: Email,
    request: Request,
    client: SignalClient | None,
    *,
    now: datetime,
    counting: Counting | None = None,
    recorder: Recorder | None = None,
    unsubscribe_url: str = "",
) -> Mailing:
    """Decide a mail and write it, with what commerce tells now and what its reader was shown and closed."""
    made = answer(site.snapshot, email.page, request, client, now=now, counting=counting, recorder=recorder)
    return Mailing(written_mail(site, email, made, unsubscribe_url=unsubscribe_url), made)


def written_mail(site: Site, email: Email, made: Answer, *, unsubscribe_url: str = "") -> Mail:
    """Write the mail of a decision.

    Raises:
        CmsError: What `compose` raises; a verified release gives it no reason to.
    """
    transactional = is_transactional(email.page)
    return compose(
        site.mails,
        {slot: tuple(filter(_has_something, choices)) for slot, choices in made.decision.slots.items()},
        made.view,
        subject=_first_text(site.snapshot, email.subject, made.view),
        preheader=_first_text(site.snapshot, email.preheader, made.view),
        locale=made.view.context.locale,
        decision=made.key,
        letterhead=site.letterhead,
        unsubscribe_url="" if transactional else unsubscribe_url,
        automatic=transactional,
    )


def _has_something(choice: Choice) -> bool:
    """Leave out a rail without products, as a persona's is: its title alone would be an empty box."""
    return not choice.rails or bool(choice.products)


def is_transactional(page: Page) -> bool:
    return page.stage in _TRANSACTIONAL


def _first_text(snapshot: Snapshot, texts: Mapping[str, tuple[Template, ...]], view: View) -> str:
    """Fill the first text whose gaps all have a value, in the reader's locale or its fallbacks."""
    locale = view.context.locale
    for step in snapshot.settings.locales.get(locale, (snapshot.settings.default_locale,)):
        for text in texts.get(step, ()):
            if all(fills(view.value(gap.ref)) for gap in text.placeholders):
                return fill(text, view, step)
    return ""
