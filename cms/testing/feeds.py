"""Promises about a catalogue that is read in parts."""

from collections.abc import Iterator

from cms.commerce.adapter import Batch, CatalogueFeed
from cms.errors import CmsError
from cms.facts.signals import Product, Signal
from cms.testing.answers import CODES
from cms.testing.forms import flaws
from cms.testing.proxy import saying, well
from cms.testing.subject import LONG_S, Subject, needed

_MOST_PARTS = 10_000


def parts_make_a_whole(subject: Subject) -> Iterator[str]:
    """Read from the beginning, the parts come to an end, and hold products in the normal form."""
    parts = list(_read(subject, _feed(subject)))
    if not parts[-1].is_last:
        yield f"catalogue: after {_MOST_PARTS} parts there is no last one"
    products = _whole(parts)
    if not products:
        yield "catalogue: the parts hold no product"
    yield from (f"catalogue: {flaw}" for flaw in flaws(Signal.CATALOGUE, products))
    if any(part.gone & part.products.keys() for part in parts):
        yield "catalogue: a part has a product that is gone"


def each_part_can_be_read_again(subject: Subject) -> Iterator[str]:
    """A part that fails is asked for again, by a process that knows nothing but the cursor, and nothing is lost."""
    parts: list[Batch] = []
    cursor = ""
    with subject.behind() as proxy:
        undisturbed = list(_read(subject, _feed(subject, proxy.url)))
        while not (parts and parts[-1].is_last) and len(parts) <= len(undisturbed):
            proxy.mood = saying(503)
            feed = _feed(subject, proxy.url)
            try:
                _part(subject, feed, cursor)
            except CmsError as error:
                if error.code not in CODES:
                    yield f"catalogue: a part that fails has the code {error.code}"
            else:
                yield "catalogue: a part is answered although the system fails"
            proxy.mood = well
            parts.append(_part(subject, feed, cursor))
            cursor = parts[-1].cursor
    if _whole(parts) != _whole(undisturbed):
        yield "catalogue: read with a failure before each part it is not the same as read without any"


def what_has_not_changed_is_no_news(subject: Subject) -> Iterator[str]:
    """Read on from the last cursor, a catalogue that has not changed stays what it is."""
    parts = list(_read(subject, _feed(subject)))
    if not parts[-1].cursor:
        return
    news = list(_read(subject, _feed(subject), parts[-1].cursor))
    if not news[-1].is_last:
        yield "catalogue: there is no end of what has changed since"
    if _whole([*parts, *news]) != _whole(parts):
        yield "catalogue: what has changed since, where nothing has, changes it"
    if len(_whole(parts)) > 20 and len(_whole(news)) >= len(_whole(parts)):
        yield "catalogue: read on from the last cursor, all of it comes again"


def _feed(subject: Subject, url: str = "") -> CatalogueFeed:
    return needed(subject.connected(url).feed, "catalogue in parts")


def _read(subject: Subject, feed: CatalogueFeed, cursor: str = "") -> Iterator[Batch]:
    for _ in range(_MOST_PARTS):
        part = _part(subject, feed, cursor)
        yield part
        if part.is_last:
            return
        cursor = part.cursor


def _part(subject: Subject, feed: CatalogueFeed, cursor: str) -> Batch:
    return feed.batch(cursor, currency=subject.currency, timeout_s=LONG_S)


def _whole(parts: list[Batch]) -> dict[str, Product]:
    products: dict[str, Product] = {}
    for part in parts:
        products = {sku: product for sku, product in products.items() if sku not in part.gone} | dict(part.products)
    return products
