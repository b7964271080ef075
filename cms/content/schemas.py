"""The shape of every authored file, as marshmallow schemas; what passes is plain data of known shape."""

from collections.abc import Mapping

from marshmallow import fields, validate

from cms.content.fields import Flag, Named, Percent, Strict, Text, Whole, choice, key, keyed, some
from cms.content.requests import RequestShape
from cms.facts.declarations import CHANNELS, STAGES, FactType
from cms.rails.rail import SEEDS, STRATEGIES


class MarketShape(Strict):
    currency = Text(required=True)
    time_zone = Text(load_default="UTC")


class WeightsShape(Strict):
    email = Whole(most=1000)
    blocking = Whole(most=1000)
    overlay = Whole(most=1000)
    inline = Whole(most=1000)


class PressureShape(Strict):
    max = Whole(least=1, required=True)
    every = Text(load_default="P7D")
    weights = fields.Nested(WeightsShape, load_default=dict)


class BudgetsShape(Strict):
    signals_ms = Whole(least=1, most=5000)
    pressure = fields.Nested(PressureShape)


class WorkspaceShape(Strict):
    default_locale = Text(load_default="en")
    locales = keyed(fields.List(Text()))
    channels = fields.List(choice(CHANNELS), load_default=["web", "email", "app"])
    default_market = Text()
    markets = keyed(fields.Nested(MarketShape))
    link_hosts = fields.List(Text(), load_default=list)
    holdout = Percent(load_default=0)
    budgets = fields.Nested(BudgetsShape, load_default=dict)


class FactShape(Strict):
    type = choice(tuple(FactType))
    of = some(Text(), "List at least one choice.")
    ordered = Flag()
    origin = choice(("request", "trait", "signal"), load_default="trait")
    channels = fields.List(choice(CHANNELS))
    max_age = Text()
    absent = choice(("0", "never", "empty"))
    minimum = Whole(least=-(2**53))
    maximum = Whole(least=-(2**53))
    title = keyed(Text())


class SegmentShape(Strict):
    title = Text()
    when = fields.Raw(required=True)


class ExclusiveShape(Strict):
    group = key(required=True)
    within = choice(("page", "session", "customer"), load_default="page")


class OfferShape(Strict):
    kind = key(required=True)
    sale = choice(("upsell", "cross-sell"))
    exclusive = Named(ExclusiveShape, by="group")
    claims = fields.Raw()


class ClaimsShape(Strict):
    discount = keyed(Percent())
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
    per = choice(("visitor", "customer", "total"), required=True)
    max = Whole(least=1, required=True)
    every = Text(required=True)


class VariantShape(Strict):
    key = key(required=True)
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
    variants = some(fields.Nested(VariantShape), "An entry has at least one variant.", required=True)


class FolderEntryShape(EntryShape):
    variants = some(fields.Nested(FolderVariantShape), "An entry has at least one variant.", required=True)


class SlotShape(Strict):
    title = Text()
    accepts = some(Text(), "Name at least one component.", required=True)
    entries = fields.List(Text(), required=True)
    count = Whole(least=1, load_default=1)
    may_be_empty = Flag(load_default=False)
    audience = fields.Raw()


class PageShape(Strict):
    title = Text()
    route = Text(required=True)
    stage = choice(STAGES, required=True)
    max_offers = Whole()
    slots = keyed(fields.Nested(SlotShape), required=True)


class EmailShape(Strict):
    title = Text()
    subject = keyed(fields.Raw(), required=True)
    preheader = keyed(fields.Raw(), load_default=dict)
    stage = choice(STAGES, load_default="re-marketing")
    max_offers = Whole()
    slots = keyed(fields.Nested(SlotShape), required=True)


class RatioShape(Strict):
    of = Text(required=True)
    ratio = Text(required=True)


class FiltersShape(Strict):
    in_stock = Flag(load_default=False)
    not_in_cart = Flag(load_default=False)
    not_bought_within = Text()
    max_price_ratio = fields.Nested(RatioShape)
    min_price_ratio = fields.Nested(RatioShape)
    category = Text()
    tag = Text()


class RailShape(Strict):
    title = Text()
    strategy = choice(STRATEGIES, required=True)
    seed = choice(SEEDS, load_default="cart")
    limit = Whole(least=1, most=50, required=True)
    min_items = Whole(least=1, load_default=1)
    filters = fields.Nested(FiltersShape, load_default=dict)
    fallback = fields.List(choice(STRATEGIES), load_default=list)
    pinned = fields.List(Text(), load_default=list)


class ArmShape(Strict):
    key = key(required=True)
    variant = Text(required=True)
    buckets = fields.List(
        Whole(most=9999), required=True, validate=validate.Length(equal=2, error="Give the first and the last bucket.")
    )


class ExperimentShape(Strict):
    title = Text()
    entry = Text(required=True)
    audience = fields.Raw()
    unit = choice(("visitor", "customer", "account"), load_default="visitor")
    traffic = Percent(load_default=100)
    arms = fields.List(
        fields.Nested(ArmShape), required=True, validate=validate.Length(min=2, error="Give two arms or more.")
    )
    metrics = fields.List(Text())
    primary = Text()
    layer = key()
    layer_buckets = fields.List(
        Whole(most=9999), validate=validate.Length(equal=2, error="Give the first and the last bucket.")
    )
    state = choice(("draft", "sized", "running", "paused", "decided"), load_default="draft")


class FeedShape(Strict):
    title = Text()
    component = Text()
    slot = Text()
    locales = fields.List(Text(), required=True)
    segments = fields.List(Text(), required=True)


class PersonaShape(Strict):
    title = Text(load_default="")
    request = fields.Nested(RequestShape, load_default=dict)
    facts = keyed(fields.Raw(allow_none=True), load_default=dict)
    now = Text(load_default="")
    expect = keyed(Text(), load_default=dict)


class AcceptanceShape(Strict):
    id = Text(
        required=True, validate=validate.Regexp(r"^[0-9a-f]{10}\Z", error="An id is 10 characters of 0-9 and a-f.")
    )
    code = Text()
    about = Text()
    reason = Text(required=True, validate=validate.Regexp(r"\s*\S", error="A reason is needed."))
    until = Text(required=True)


class AcceptedShape(Strict):
    findings = fields.List(fields.Nested(AcceptanceShape), required=True)


SHAPES: Mapping[str, type[Strict]] = {
    "workspace": WorkspaceShape,
    "accepted": AcceptedShape,
    "segment": SegmentShape,
    "page": PageShape,
    "email": EmailShape,
    "rail": RailShape,
    "experiment": ExperimentShape,
    "feed": FeedShape,
}
