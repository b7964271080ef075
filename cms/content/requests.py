"""The shape of a request body: the same over HTTP and in a persona."""

from marshmallow import fields, validate

from cms.content.fields import Strict, Text, Whole, choice

FORMATS = ("json", "html", "blocks")
_short = validate.Length(min=1, max=256)
_token = validate.Length(min=1, max=4096)


class LineShape(Strict):
    sku = Text(required=True, validate=_short)
    quantity = Whole(least=1, most=100_000, required=True)
    unit_price = fields.Raw(
        metadata={"description": 'Money; only with a server token: "23.00" or {"amount", "currency"}.'}
    )


class CartShape(Strict):
    id = Text(validate=_short, allow_none=True)
    token = Text(validate=_token, allow_none=True, metadata={"description": "The shopper's own cart token."})
    version = Text(
        validate=_short,
        allow_none=True,
        metadata={
            "description": "Anything that changes when the cart does: one of the same version is not fetched again while fresh."
        },
    )
    lines = fields.List(fields.Nested(LineShape), validate=validate.Length(max=500), allow_none=True)


class CustomerShape(Strict):
    token = Text(validate=_token, allow_none=True, metadata={"description": "The shopper's own token."})
    reference = Text(
        validate=validate.Length(max=4096),
        allow_none=True,
        metadata={
            "description": "A visitor reference that the shop's server signed, in place of the shopper's tokens."
        },
    )


class RequestShape(Strict):
    """What a page, app or mailer sends, and what a persona's request is."""

    visitor = Text(validate=_short, allow_none=True, metadata={"description": "Stable pseudonymous key."})
    locale = Text(
        validate=_short, allow_none=True, metadata={"description": "BCP 47; negotiated with the workspace's locales."}
    )
    facts = fields.Dict(
        keys=Text(), allow_none=True, metadata={"description": "Request facts by full name, e.g. visitor.device."}
    )
    cart = fields.Nested(CartShape, allow_none=True)
    customer = fields.Nested(CustomerShape, allow_none=True)
    slots = fields.List(Text(), allow_none=True, metadata={"description": "Which slots to answer; all unless given."})
    format = choice(FORMATS, load_default="json")
