"""The shape of every authored file, as marshmallow schemas; what passes is plain data of known shape."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from cms.facts.declarations import CHANNELS, STAGES, FactType
from cms.rails.rail import SEEDS, STRATEGIES

KEY = r"[a-z0-9][a-z0-9-]*"


class Text(fields.Field[str]):
    """A text, and nothing that could pass for one."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError("A text is needed.")
        return value


class Key(Text):
    """The key of a document or of a part: `[a-z0-9][a-z0-9-]*`."""

    def __init__(self, **kwargs: Any) -> None:
        message = "A key is made of a-z, 0-9 and -, and begins with a letter or digit."
        super().__init__(validate=validate.Regexp(f"^{KEY}$", error=message), **kwargs)


class Flag(fields.Field[bool]):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("true or false is needed.")
        return value


class Number(fields.Field[int | Decimal]):
    """A number within bounds; `whole` admits no decimals."""

    def __init__(self, *, least: int = 0, most: int | None = None, whole: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least, self.most, self.whole = least, most, whole

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int | Decimal:
        allowed = int if self.whole else int | Decimal
        if isinstance(value, bool) or not isinstance(value, allowed):
            raise ValidationError("A whole number is needed." if self.whole else "A number is needed.")
        if value < self.least or (self.most is not None and value > self.most):
            ends = f"between {self.least} and {self.most}" if self.most is not None else f"at least {self.least}"
            raise ValidationError(f"The number must be {ends}.")
        return value


class Choice(Text):
    """One of a few words; the message lists them, so that a suggestion can be made."""

    def __init__(self, words: tuple[str, ...] | frozenset[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = tuple(words) if isinstance(words, tuple) else tuple(sorted(words))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        word = super()._deserialize(value, attr, data, **kwargs)
        if word not in self.words:
            raise ValidationError(f'"{word}" is not one of {", ".join(self.words)}.')
        return word


def keyed(value: fields.Field[Any], **kwargs: Any) -> fields.Dict:
    return fields.Dict(keys=Text(), values=value, **kwargs)


class Strict(Schema):
    """Unknown keys are errors; order is kept, for slots and variants mean something by it."""

    class Meta:
        unknown = RAISE


class MarketShape(Strict):
    currency = Text(required=True)
    time_zone = Text(load_default="UTC")


class BudgetsShape(Strict):
    signals_ms = Number(least=1, most=5000)


class WorkspaceShape(Strict):
    default_locale = Text(load_default="en")
    locales = keyed(fields.List(Text()))
    channels = fields.List(Choice(CHANNELS), load_default=["web", "email", "app"])
    default_market = Text()
    markets = keyed(fields.Nested(MarketShape))
    link_hosts = fields.List(Text(), load_default=list)
    holdout = Number(most=100, whole=False, load_default=0)
    budgets = fields.Nested(BudgetsShape, load_default=dict)


class FactShape(Strict):
    type = Choice(tuple(FactType))
    of = fields.List(Text(), validate=validate.Length(min=1, error="List at least one choice."))
    ordered = Flag()
    origin = Choice(("request", "trait", "signal"), load_default="trait")
    channels = fields.List(Choice(CHANNELS))
    max_age = Text()
    absent = Choice(("0", "never", "empty"))
    minimum = Number(least=-(2**53))
    maximum = Number(least=-(2**53))
    title = keyed(Text())


class SegmentShape(Strict):
    title = Text()
    when = fields.Raw(required=True)


class OfferShape(Strict):
    kind = Key(required=True)
    sale = Choice(("upsell", "cross-sell"))
    exclusive = Key()
    claims = fields.Raw()


class ClaimsShape(Strict):
    discount = keyed(Number(most=100))
    threshold = keyed(fields.Raw())
    push = fields.List(Text())
    sold_out = fields.List(Text())


class PromiseShape(Strict):
    promotion = Text()
    threshold = keyed(fields.Raw())
    price = keyed(fields.Raw())
    stock = fields.List(Text())


class ScheduleShape(Strict):
    start = Text(data_key="from")
    until = Text()


class CapShape(Strict):
    per = Choice(("visitor", "customer", "total"), required=True)
    max = Number(least=1, required=True)
    every = Text(required=True)


class VariantShape(Strict):
    key = Key(required=True)
    title = Text()
    when = fields.Raw()
    schedule = fields.Nested(ScheduleShape)
    promise = fields.Nested(PromiseShape)
    claims = fields.Nested(ClaimsShape)
    content = keyed(fields.Raw(), required=True)


class FolderVariantShape(VariantShape):
    """In a folder the copy may lie beside, so that `content` is not needed."""

    content = keyed(fields.Raw())


class EntryShape(Strict):
    title = Text()
    component = Text(required=True)
    owner = Text()
    audience = fields.Raw()
    offer = fields.Nested(OfferShape)
    schedule = fields.Nested(ScheduleShape)
    cap = fields.List(fields.Nested(CapShape))
    dismiss_for = Text()
    service = Flag(load_default=False)
    variants = fields.List(
        fields.Nested(VariantShape),
        required=True,
        validate=validate.Length(min=1, error="An entry has at least one variant."),
    )


class FolderEntryShape(EntryShape):
    variants = fields.List(
        fields.Nested(FolderVariantShape),
        required=True,
        validate=validate.Length(min=1, error="An entry has at least one variant."),
    )


class SlotShape(Strict):
    title = Text()
    accepts = fields.List(Text(), required=True, validate=validate.Length(min=1, error="Name at least one component."))
    entries = fields.List(Text(), required=True)
    count = Number(least=1, load_default=1)
    may_be_empty = Flag(load_default=False)
    audience = fields.Raw()


class PageShape(Strict):
    title = Text()
    route = Text(required=True)
    stage = Choice(STAGES, required=True)
    max_offers = Number()
    slots = keyed(fields.Nested(SlotShape), required=True)


class EmailShape(Strict):
    title = Text()
    subject = keyed(fields.Raw(), required=True)
    preheader = keyed(fields.Raw(), load_default=dict)
    stage = Choice(STAGES, load_default="re-marketing")
    max_offers = Number()
    slots = keyed(fields.Nested(SlotShape), required=True)


class RatioShape(Strict):
    of = Text(required=True)
    ratio = Text(required=True)


class FiltersShape(Strict):
    in_stock = Flag(load_default=False)
    not_in_cart = Flag(load_default=False)
    not_bought_within = Text()
    max_price_ratio = fields.Nested(RatioShape)
    category = Text()


class RailShape(Strict):
    title = Text()
    strategy = Choice(STRATEGIES, required=True)
    seed = Choice(SEEDS, load_default="cart")
    limit = Number(least=1, most=50, required=True)
    min_items = Number(least=1, load_default=1)
    filters = fields.Nested(FiltersShape, load_default=dict)
    fallback = fields.List(Choice(STRATEGIES), load_default=list)
    pinned = fields.List(Text(), load_default=list)


class ArmShape(Strict):
    key = Key(required=True)
    variant = Text(required=True)
    buckets = fields.List(
        Number(most=9999), required=True, validate=validate.Length(equal=2, error="Give the first and the last bucket.")
    )


class ExperimentShape(Strict):
    title = Text()
    entry = Text(required=True)
    audience = fields.Raw()
    unit = Choice(("visitor", "customer", "account"), load_default="visitor")
    traffic = Number(most=100, whole=False, load_default=100)
    arms = fields.List(
        fields.Nested(ArmShape), required=True, validate=validate.Length(min=2, error="Give two arms or more.")
    )
    metrics = fields.List(Text())
    primary = Text()
    layer = Key()
    layer_buckets = fields.List(
        Number(most=9999), validate=validate.Length(equal=2, error="Give the first and the last bucket.")
    )
    state = Choice(("draft", "sized", "running", "paused", "decided"), load_default="draft")


class FeedShape(Strict):
    title = Text()
    component = Text()
    slot = Text()
    locales = fields.List(Text(), required=True)
    segments = fields.List(Text(), required=True)


class PersonaShape(Strict):
    title = Text(load_default="")
    request = fields.Dict(load_default=dict)
    facts = fields.Dict(load_default=dict)
    now = Text(load_default="")
    expect = keyed(Text(), load_default=dict)


SHAPES: Mapping[str, type[Strict]] = {
    "workspace": WorkspaceShape,
    "segment": SegmentShape,
    "page": PageShape,
    "email": EmailShape,
    "rail": RailShape,
    "experiment": ExperimentShape,
    "feed": FeedShape,
    "persona": PersonaShape,
}
