"""The open signals API's answers, checked and turned into the normal form; keys we do not know are the shop's own."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate

from cms.commerce.failures import GARBAGE, ShopError
from cms.facts.money import Money
from cms.facts.signals import Cart, CartLine, Customer, Detail, Order, OrderLine, Product, Promotion, Tier

_WORD = validate.Length(min=1, max=200)
_TEXT = validate.Length(max=2_000)
_COUNT = validate.Range(min=0, max=1_000_000_000)
_QUANTITY = validate.Range(min=1, max=1_000_000)
_PERCENT = validate.Range(min=0, max=100)
_PLACES = 5  # that an error names
_KINDS = validate.OneOf(["consumer", "business"])
_ADDRESS = validate.Regexp(r"(https?://|/(?!/))[^\s\"'<>\\]*\Z", error="Not an http(s) address or a path.")


class Amount(fields.Field[Money]):
    """`{"amount": "80.00", "currency": "USD"}`; nothing the shop sells costs less than nothing."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> Money:
        del attr, data
        match value:
            case {"amount": str(amount), "currency": str(currency)}:
                return _money(amount, currency)
        raise ValidationError('Not money such as {"amount": "80.00", "currency": "USD"}.')


def _money(amount: str, currency: str) -> Money:
    try:
        money = Money.parse(amount, currency)
    except ValueError as error:
        raise ValidationError(str(error)) from error
    if money.minor < 0:
        raise ValidationError("Less than nothing.")
    return money


class Moment(fields.AwareDateTime):
    """ISO 8601 with its offset, given in UTC."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> datetime:
        try:
            return super()._deserialize(value, attr, data).astimezone(UTC)
        except OverflowError as error:
            raise ValidationError("Not a date.") from error


def word(**options: Any) -> fields.String:
    return fields.String(validate=_WORD, **options)


def words(**options: Any) -> fields.List[Any]:
    return fields.List(word(), **options)


def maybe(field: type[fields.Field[Any]], **options: Any) -> fields.Field[Any]:
    """Make a field that may be null or missing: the shop does not say."""
    return field(allow_none=True, **options)


def maybe_words() -> fields.List[Any]:
    return words(allow_none=True)


def flag() -> fields.Boolean:
    return fields.Boolean(truthy={True}, falsy={False}, allow_none=True)


def integer(within: validate.Range, **options: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=within, **options)


class Answered(Schema):
    class Meta:
        unknown = EXCLUDE


def said(data: Mapping[str, Any], *, tuples: Sequence[str] = (), sets: Sequence[str] = ()) -> dict[str, Any]:
    """Keep what the shop did say, lists made immutable; what it did not say takes the normal form's default."""
    made = {key: value for key, value in data.items() if value is not None}
    made |= {key: tuple(made[key]) for key in tuples if key in made}
    return made | {key: frozenset(made[key]) for key in sets if key in made}


class CartLinePayload(Answered):
    sku = word(required=True)
    quantity = integer(_QUANTITY, required=True)
    unit_price = maybe(Amount)
    categories = maybe_words()

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> CartLine:
        return CartLine(**said(data, tuples=["categories"]))


class CartPayload(Answered):
    currency = word(required=True)
    lines = fields.List(fields.Nested(CartLinePayload), required=True)
    subtotal = maybe(Amount)
    shipping_method = maybe(fields.String, validate=_WORD)
    promotions = maybe_words()

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Cart:
        cart = Cart(**said(data, tuples=["lines"], sets=["promotions"]))
        amounts = [cart.subtotal, *(line.unit_price for line in cart.lines)]
        if any(amount is not None and amount.currency != cart.currency for amount in amounts):
            raise ValidationError("A cart has one currency.", "currency")
        return cart


class CustomerPayload(Answered):
    key = word(required=True)
    kind = maybe(fields.String, validate=_KINDS)
    groups = maybe_words()
    company = maybe(fields.String, validate=_WORD)
    company_level = maybe(fields.String, validate=_WORD)
    account = maybe(fields.String, validate=_WORD)
    loyalty_tier = maybe(fields.String, validate=_WORD)
    loyalty_points = integer(_COUNT, allow_none=True)
    is_member = flag()
    tags = maybe_words()

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Customer:
        return Customer(**said(data, sets=["groups", "tags"]))


class OrderLinePayload(Answered):
    sku = word(required=True)
    quantity = integer(_QUANTITY, required=True)
    categories = maybe_words()

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> OrderLine:
        return OrderLine(**said(data, tuples=["categories"]))


class OrderPayload(Answered):
    placed_at = Moment(required=True)
    total = Amount(required=True)
    lines = fields.List(fields.Nested(OrderLinePayload), required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Order:
        return Order(**said(data, tuples=["lines"]))


class OrdersPayload(Answered):
    orders = fields.List(fields.Nested(OrderPayload), required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> tuple[Order, ...]:
        return tuple(sorted(data["orders"], key=lambda order: order.placed_at, reverse=True))


class TraitsPayload(Answered):
    traits = fields.Dict(keys=word(), values=fields.Raw(allow_none=True), required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> dict[str, object]:
        return dict(data["traits"])  # null stays: it says unknown, where a trait left out may say absent


class StockPayload(Answered):
    stock = fields.Dict(keys=word(), values=integer(_COUNT, allow_none=True), required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> dict[str, int]:
        return {sku: units for sku, units in data["stock"].items() if units is not None}


def localized(**options: Any) -> fields.Dict:
    """Make a field of texts by locale."""
    return fields.Dict(keys=fields.String(validate=_TEXT), values=fields.String(validate=_TEXT), **options)


class DetailPayload(Answered):
    label = localized(required=True)
    value = localized(required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Detail:
        return Detail(**data)


class ProductPayload(Answered):
    sku = word(required=True)
    parent = maybe(fields.String, validate=_WORD)
    title = localized(required=True)
    url = fields.String(validate=_ADDRESS, required=True)
    image = maybe(fields.String, validate=_ADDRESS)
    price = maybe(Amount)
    list_price = maybe(Amount)
    categories = maybe_words()
    tags = maybe_words()
    stock = integer(_COUNT, allow_none=True)
    rating = fields.Float(allow_none=True, validate=validate.Range(min=0, max=100))
    review_count = integer(_COUNT, allow_none=True)
    popularity = integer(_COUNT, allow_none=True)
    popularity_in = fields.Dict(keys=word(), values=integer(_COUNT), allow_none=True)
    details = fields.List(fields.Nested(DetailPayload), validate=validate.Length(max=50), allow_none=True)
    links = fields.Dict(keys=word(), values=maybe_words(), allow_none=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Product:
        links = {kind: tuple(skus) for kind, skus in (data.get("links") or {}).items() if skus}
        made = said({**data, "links": links, "price": None}, tuples=["categories", "details"], sets=["tags"])
        return Product(**made, price=data.get("price"))


class ProductsPayload(Answered):
    products = fields.List(fields.Raw(allow_none=True), required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> dict[str, Product]:
        sound = sound_products(data["products"])
        if data["products"] and not sound:
            raise ValidationError({0: ProductPayload().validate(data["products"][0])}, "products")
        return sound


def sound_products(items: Sequence[Any]) -> dict[str, Product]:
    """Keep the products that are well formed: one bad record must not cost a shop its catalogue."""
    schema, sound = ProductPayload(), {}
    for item in items:
        try:
            product = schema.load(item)
        except ValidationError:
            continue
        sound[product.sku] = product
    return sound


class TierPayload(Answered):
    threshold = Amount(required=True)
    percent = integer(_PERCENT, allow_none=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Tier:
        return Tier(**said(data))


class PromotionPayload(Answered):
    key = word(required=True)
    tiers = fields.List(fields.Nested(TierPayload), allow_none=True)
    free_shipping = flag()
    groups = maybe_words()
    not_for = maybe_words()

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Promotion:
        promotion = Promotion(**said(data, tuples=["tiers"], sets=["groups", "not_for"]))
        thresholds = [tier.threshold for tier in promotion.tiers]
        if len({threshold.currency for threshold in thresholds}) > 1 or any(a >= b for a, b in pairwise(thresholds)):
            raise ValidationError("Thresholds ascend, in one currency.", "tiers")
        return promotion


class PromotionsPayload(Answered):
    promotions = fields.List(fields.Nested(PromotionPayload), required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> tuple[Promotion, ...]:
        return tuple(data["promotions"])


def read(schema: Schema, data: object, path: str) -> Any:
    """Make the normal form of an answer.

    Raises:
        ShopError: `commerce-garbage`, naming the wrong fields and none of their values.
    """
    try:
        return schema.load(data)  # type: ignore[arg-type]
    except ValidationError as error:
        where = ", ".join(list(dict.fromkeys(_places(error.messages_dict)))[:_PLACES])
        raise ShopError(GARBAGE, f"{path} answered in a form it should not have, at: {where}") from None


def _places(messages: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Name the wrong fields, as `lines.0.quantity`; of a mapping nothing inside it, for its keys are the answer's own."""
    if not isinstance(messages, dict):
        yield ".".join(path) or "the whole"
    elif path and messages.keys() <= {"key", "value"}:
        yield ".".join(path if path[-1].isdigit() else path[:-1])
    else:
        for key, inner in messages.items():
            yield from _places(inner, path if key == "_schema" else (*path, str(key)))
