"""What buyers wrote about the plants, each in their own language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cms.shop.catalogue import Product
from cms.shop.records import read_data


@dataclass(frozen=True, slots=True)
class Review:
    author: str
    rating: int
    locale: str
    text: str


_REVIEWS: Mapping[str, Sequence[Review]] = {
    sku: tuple(Review(**record) for record in records) for sku, records in read_data("reviews").items()
}


def reviews_of(product: Product, locale: str) -> list[Review]:
    """Give the reviews of a product that a reader can read: those in their language first, then the English ones.

    The sizes of one plant share their reviews.
    """
    every = _REVIEWS.get(product.parent, ())
    return [review for wanted in dict.fromkeys((locale, "en")) for review in every if review.locale == wanted]
