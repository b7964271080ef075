"""`/v1/pages/{page}.model.json`: a page as AEM's SPA editor clients read one."""

from typing import Any

from flask import Response

from cms.aem.page_model import page_model
from cms.delivery.pages import answer_get, answer_post
from cms.delivery.parsing import StrictBlueprint
from cms.delivery.schemas import PageModel, PageQuery, PageRequest
from cms.runtime.answers import Answer
from cms.runtime.site import Site

blueprint = StrictBlueprint("aem", __name__, url_prefix="/v1", description="Pages for consumers of AEM.")


@blueprint.post("/pages/<page>.model.json")
@blueprint.arguments(PageRequest)
@blueprint.alt_response(200, schema=PageModel, success=True, description="The decided slots as a page model.")
@blueprint.fails(401, "A token that is not valid.")
@blueprint.fails(404, "No such page.")
@blueprint.fails(422, "Not valid.")
def post_model(body: dict[str, Any], page: str) -> Response:
    """Decide a page as `/v1/pages/{page}` does, and write it as AEM writes pages; `format` and `trace` say nothing here."""
    return answer_post(body | {"trace": False}, page, _model)


@blueprint.get("/pages/<page>.model.json")
@blueprint.arguments(PageQuery, location="query")
@blueprint.alt_response(200, schema=PageModel, success=True, description="The decided slots as a page model.")
@blueprint.fails(401, "A token that is not valid.")
@blueprint.fails(404, "No such page.")
@blueprint.fails(422, "Not valid.")
def get_model(query: dict[str, Any], page: str) -> Response:
    """Decide a page from facts in the URL, and write it as AEM writes pages; shareable when nothing private was read."""
    return answer_get(query, page, _model)


def _model(site: Site, answer: Answer, *, form: str, slots: list[str] | None, trace: bool) -> dict[str, Any]:
    return page_model(site, answer, slots=slots)
