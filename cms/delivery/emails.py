"""`/v1/emails/{email}`: one recipient's mail, for callers with a server token."""

from typing import Any

from flask import Response

from cms.content.snapshot import Email
from cms.delivery.caching import PRIVATE_HEADERS
from cms.delivery.failures import Failure
from cms.delivery.output import degraded, items, release_headers, written
from cms.delivery.parsing import StrictBlueprint, check_slots, is_trusted, read_request
from cms.delivery.schemas import EmailAnswer, PageRequest
from cms.delivery.service import service
from cms.problems import did_you_mean
from cms.runtime.mailing import mail_for
from cms.runtime.site import Site

blueprint = StrictBlueprint("emails", __name__, url_prefix="/v1", description="Mails written for one recipient.")


@blueprint.post("/emails/<email>")
@blueprint.doc(security=[{"serverToken": []}])
@blueprint.arguments(PageRequest)
@blueprint.alt_response(200, schema=EmailAnswer, success=True, description="The written mail.")
@blueprint.fails(401, "No token.")
@blueprint.fails(404, "No such mail.")
@blueprint.fails(422, "Not valid.")
def post_email(body: dict[str, Any], email: str) -> Response:
    """Decide and write a mail: the same entries and variants as the pages show to the same person."""
    here = service()
    site = here.site()
    if not is_trusted(here.tokens):
        raise Failure(401, "token_needed", "Mails need a server token.")
    found = _email_of(site, email)
    check_slots(found.page, body.get("slots"))
    asked = read_request(here, site.snapshot, body, channel="email", trusted=True)
    made = mail_for(
        site,
        found,
        asked,
        here.client,
        now=here.clock(),
        counting=here.counting,
        recorder=here.recorder,
        unsubscribe_url=here.unsubscribe_url,
    )
    asked_slots = body.get("slots")
    slots = [slot for slot in made.answer.decision.slots if asked_slots is None or slot in asked_slots]
    answer = {
        "subject": made.mail.subject,
        "html": made.mail.html,
        "text": made.mail.text,
        "headers": dict(made.mail.headers),
        "decision": made.answer.key,
        "release": site.snapshot.release,
        "sequence": site.sequence,
        "slots": {slot: items(site, made.answer, slot, "json") for slot in slots},
        "degraded": degraded(made.answer),
    }
    return Response(written(answer), mimetype="application/json", headers={**PRIVATE_HEADERS, **release_headers(site)})


def _email_of(site: Site, key: str) -> Email:
    email = site.snapshot.emails.get(key)
    if email is None:
        hint = did_you_mean(key, site.snapshot.emails)
        raise Failure(404, "unknown_email", f'No mail "{key[:64]}". {hint}'.strip())
    return email
