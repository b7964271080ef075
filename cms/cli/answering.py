"""What the commands that show a page or mail whole share: the site, and what it answers a persona."""

import os

from cms.content.snapshot import Snapshot
from cms.decisions.rehearsal import Rehearsal
from cms.delivery.wsgi import letterhead_of
from cms.facts.context import View
from cms.runtime.answers import Answer, decision_key
from cms.runtime.site import Site
from cms.settings import Settings


def site_of(snapshot: Snapshot) -> Site:
    """Make the site that would answer visitors, as the settings have it."""
    return Site.build(snapshot, 0, letterhead=letterhead_of(Settings(os.environ)))


def answer_of(rehearsal: Rehearsal, surface: str) -> Answer:
    """Decide on a page or mail, with the reasons."""
    page, is_email = rehearsal.snapshot.surfaces[surface], surface.startswith("emails/")
    context = rehearsal.context(page, channel="email" if is_email else rehearsal.request.channel)
    decision = rehearsal.decide(page, email=is_email, trace=True)
    return Answer(decision_key(rehearsal.snapshot, context, decision), decision, View(context), ())
