"""What the shop's OAuth client may not do, in sentences for people."""

from http import HTTPStatus

from cms.commerce.adapters.sap import selections
from cms.commerce.adapters.sap.api import Occ, RefusedError
from cms.commerce.failures import ShopError


def missing(occ: Occ, timeout_s: float) -> list[str]:
    """Ask once for what only a trusted client may read.

    Raises:
        ShopError: The shop did not say.
    """
    deadline = occ.transport.monotonic() + timeout_s
    try:
        occ.ask("export/products", selections.EXPORT.format("code"), deadline=deadline, params={"pageSize": 1})
    except RefusedError as refusal:
        return [_sentence(refusal)]
    except ShopError as error:
        if error.ails:
            raise
        return [f"The OAuth client of CMS_COMMERCE_KEY cannot be used: {error.message}."]
    return []


def _sentence(refusal: RefusedError) -> str:
    if refusal.status == HTTPStatus.FORBIDDEN:
        return (
            "The OAuth client lacks the authority ROLE_TRUSTED_CLIENT: without it there is no catalogue, "
            "and no customer can be read by a signed visitor reference."
        )
    if "InvalidResourceError" in refusal.kinds:
        return "There is no such base site: set the option site to one that OCC lists at /basesites."
    return f"The catalogue cannot be exported: {refusal.message}. Check the options site, catalog and catalog_version."
