"""`/v1/pages/{page}` and the style sheet of the components."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from flask import Response, request

from cms.content.snapshot import Page
from cms.decisions.requests import Request
from cms.delivery.caching import PRIVATE_HEADERS, public_headers
from cms.delivery.failures import Failure
from cms.delivery.output import page_body, release_headers, written
from cms.delivery.parsing import StrictBlueprint, check_slots, facts_of_query, is_trusted, read_request
from cms.delivery.schemas import PageAnswer, PageQuery, PageRequest
from cms.delivery.service import Service, service
from cms.problems import did_you_mean
from cms.runtime.answers import NOT_CONFIGURED, Answer, answer
from cms.runtime.site import Site

PUBLIC_SECONDS = 60
Write = Callable[..., dict[str, Any]]  # as `page_body` is called
blueprint = StrictBlueprint("pages", __name__, url_prefix="/v1", description="What to show in the slots of a page.")


@blueprint.post("/pages/<page>")
@blueprint.arguments(PageRequest)
@blueprint.alt_response(200, schema=PageAnswer, success=True, description="The decided slots.")
@blueprint.fails(401, "A trace without a token, or a token that is not valid.")
@blueprint.fails(404, "No such page.")
@blueprint.fails(422, "Not valid.")
def post_page(body: dict[str, Any], page: str) -> Response:
    """Decide a page for one visitor; always 200, with defaults for what cannot be known now."""
    return answer_post(body, page, page_body)


def answer_post(body: dict[str, Any], page: str, write: Write) -> Response:
    """Answer what was sent in a body, written in one of the forms that a page has."""
    here = service()
    site = here.site()
    found = page_of(site, page)
    trusted = is_trusted(here.tokens)
    if body["trace"] and not trusted:
        raise Failure(401, "token_needed", "A trace needs a server token.")
    check_slots(found, body.get("slots"))
    asked = read_request(here, site.snapshot, body, channel="web", trusted=trusted)
    made = _answer(here, site, found, asked, trace=body["trace"])
    return _response(site, made, body, write, slots=body.get("slots"))


@blueprint.get("/pages/<page>")
@blueprint.arguments(PageQuery, location="query")
@blueprint.alt_response(200, schema=PageAnswer, success=True, description="The decided slots.")
@blueprint.fails(401, "A token that is not valid.")
@blueprint.fails(404, "No such page.")
@blueprint.fails(422, "Not valid.")
def get_page(query: dict[str, Any], page: str) -> Response:
    """Decide a page from facts in the URL; shareable by caches when nothing private was read."""
    return answer_get(query, page, page_body)


def answer_get(query: dict[str, Any], page: str, write: Write) -> Response:
    """Answer what stands in a URL, as `answer_post` does."""
    here = service()
    site = here.site()
    found = page_of(site, page)
    is_trusted(here.tokens)  # a URL may claim nothing that needs it, but a wrong token is never ignored
    slots = query["slots"].split(",") if query.get("slots") else None
    check_slots(found, slots)
    body: dict[str, Any] = {name: query[name] for name in ("locale", "visitor") if name in query}
    body |= {name: {"token": query[name]} for name in ("cart", "customer") if query.get(name)}
    body["facts"] = facts_of_query(site.snapshot, request.args.to_dict())
    asked = read_request(here, site.snapshot, body, channel="web", trusted=False, in_url=True)
    identified = any(query.get(name) for name in ("visitor", "customer", "cart"))
    made = _answer(here, site, found, asked, trace=False)
    # What the shop could not tell now is in no URL: an answer that misses it is not for others either.
    missed = any(found.why != NOT_CONFIGURED for found in made.degraded)
    shareable = not (identified or made.decision.private or missed)
    return _response(site, made, query, write, slots=slots, shareable=shareable)


@blueprint.get("/components.css")
@blueprint.response(200, content_type="text/css")
def components_css() -> Response:
    """The components' style sheet, as of the live release."""
    site = service().site()
    css = site.renderer.css()
    tag = sha256(css.encode()).hexdigest()[:32]
    headers = public_headers(tag=tag, keys="components", seconds=PUBLIC_SECONDS)
    response = Response(css, mimetype="text/css", headers=headers)
    response.make_conditional(request)
    return response


def page_of(site: Site, key: str) -> Page:
    """Find a page.

    Raises:
        Failure: 404 `unknown_page`.
    """
    page = site.snapshot.pages.get(key)
    if page is None:
        hint = did_you_mean(key, site.snapshot.pages)
        raise Failure(404, "unknown_page", f'No page "{key[:64]}". {hint}'.strip())
    return page


def _answer(here: Service, site: Site, page: Page, asked: Request, *, trace: bool) -> Answer:
    return answer(
        site.snapshot,
        page,
        asked,
        here.client,
        now=here.clock(),
        counting=here.counting,
        recorder=here.recorder,
        trace=trace,
    )


def _response(
    site: Site, made: Answer, asked: dict[str, Any], write: Write, *, slots: list[str] | None, shareable: bool = False
) -> Response:
    body = write(site, made, form=asked["format"], slots=slots, trace=bool(asked.get("trace")))
    text = written(body)
    headers = dict(PRIVATE_HEADERS)
    if shareable:
        tag = sha256(text.encode()).hexdigest()[:32]
        seconds = PUBLIC_SECONDS if made.changes_in_s is None else max(1, min(PUBLIC_SECONDS, made.changes_in_s))
        keys = f"page-{made.decision.page} release-{site.snapshot.release[:16]}"
        headers = public_headers(tag=tag, keys=keys, seconds=seconds, ends_in_s=made.changes_in_s)
    headers |= release_headers(site)
    response = Response(text, mimetype="application/json", headers=headers)
    if shareable:
        response.make_conditional(request)
    return response
