"""Shapes of request and response bodies; the OpenAPI document is generated from them."""

from marshmallow import INCLUDE, Schema, fields, validate

from cms.content.fields import Flag, Text, choice
from cms.content.requests import FORMATS, RequestShape

_short = validate.Length(min=1, max=256)


class PageRequest(RequestShape):
    trace = Flag(load_default=False, metadata={"description": "With a server token: say why everything else lost."})


class PageQuery(Schema):
    """Of a URL only these and facts by full name are read; anything else is ignored."""

    class Meta:
        unknown = INCLUDE

    locale = Text()
    visitor = Text(validate=_short)
    customer = Text()
    cart = Text()
    format = choice(FORMATS, load_default="json")
    slots = Text(metadata={"description": "Comma-separated."})


class MoneyShape(Schema):
    amount = Text()
    currency = Text()
    text = Text(metadata={"description": "As the reader's locale writes it."})


class ProductShape(Schema):
    class Meta:
        unknown = INCLUDE

    sku = Text()
    title = Text()
    url = Text()
    image = Text()
    price = fields.Nested(MoneyShape)


class ItemShape(Schema):
    """One entry in a slot; `content`, `html` or `blocks`, never two of them."""

    entry = Text()
    component = Text()
    variant = Text()
    locale = Text()
    reason = choice(("STATIC", "DEFAULT", "TARGETING_MATCH", "SPLIT", "STALE"))
    content = fields.Dict()
    html = Text()
    blocks = fields.Dict()
    products = fields.List(fields.Nested(ProductShape))
    dismissible = fields.Boolean()


class DegradedShape(Schema):
    signal = Text()
    why = Text()


class PageAnswer(Schema):
    page = Text()
    release = Text()
    sequence = fields.Integer()
    decision = Text()
    stage = Text()
    slots = fields.Dict(keys=Text(), values=fields.List(fields.Nested(ItemShape)))
    degraded = fields.List(fields.Nested(DegradedShape))
    ttl = fields.Integer(
        metadata={"description": "Seconds for which the answer may be shown again to the same visitor."}
    )
    trace = fields.List(fields.Dict())


class PageModel(Schema):
    """A page as AEM's Sling Model Exporter writes one; docs/aem.md tells every key."""

    class Meta:
        unknown = INCLUDE

    type = Text(data_key=":type")
    path = Text(data_key=":path")
    children = fields.Dict(data_key=":children")
    items = fields.Dict(keys=Text(), values=fields.Dict(), data_key=":items")
    items_order = fields.List(Text(), data_key=":itemsOrder")
    title = Text()
    language = Text()
    vitrine = fields.Dict(
        metadata={"description": "release, sequence, decision, stage, degraded and ttl of the answer."}
    )


class EmailAnswer(Schema):
    subject = Text()
    html = Text()
    text = Text()
    headers = fields.Dict(keys=Text(), values=Text())
    decision = Text()
    release = Text()
    sequence = fields.Integer()
    slots = fields.Dict(keys=Text(), values=fields.List(fields.Nested(ItemShape)))
    degraded = fields.List(fields.Nested(DegradedShape))


class ProblemShape(Schema):
    """RFC 9457 problem details."""

    type = Text()
    title = Text()
    status = fields.Integer()
    code = Text()
    detail = Text()
    pointer = Text()
    errors = fields.List(fields.Dict())
