"""marshmallow fields that take what they say and nothing that could pass for it; shared by files and HTTP bodies."""

from decimal import Decimal
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

KEY = r"[a-z0-9][a-z0-9-]*"


class Strict(Schema):
    """Unknown keys are errors; order is kept, for slots and variants mean something by it."""

    class Meta:
        unknown = RAISE


class Text(fields.String):
    """A text."""

    default_error_messages = {"invalid": "A text is needed."}  # noqa: RUF012 - marshmallow's way


class Flag(fields.Boolean):
    """True or false; no "yes" and no 1."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("true or false is needed.")
        return value


class Whole(fields.Integer):
    """A whole number within bounds."""

    def __init__(self, *, least: int = 0, most: int | None = None, **kwargs: Any) -> None:
        super().__init__(validate=validate.Range(least, most, error=_within(least, most)), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("A whole number is needed.")
        return value


class Percent(fields.Decimal):
    """A share from 0 to 100, decimals allowed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Range(0, 100, error=_within(0, 100)), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise ValidationError("A number is needed.")
        return Decimal(value)


class Named(fields.Nested):
    """An object, or a text that stands for one with nothing but that key."""

    def __init__(self, shape: type[Strict], *, by: str, **kwargs: Any) -> None:
        super().__init__(shape, **kwargs)
        self.by = by

    def _load(self, value: Any, partial: Any = None) -> Any:
        if not isinstance(value, str):
            return super()._load(value, partial)
        try:
            return self.schema.load({self.by: value})
        except ValidationError as wrong:
            raise ValidationError(wrong.messages_dict[self.by]) from wrong


def _within(least: int, most: int | None) -> str:
    return (
        f"The number must be at least {least}." if most is None else f"The number must be between {least} and {most}."
    )


def key(**more: Any) -> Text:
    """Take the key of a document or of a part."""
    message = "A key is made of a-z, 0-9 and -, and begins with a letter or digit."
    return Text(validate=validate.Regexp(rf"^{KEY}\Z", error=message), **more)


def choice(words: tuple[str, ...] | frozenset[str], **more: Any) -> Text:
    """Take one of a few words; the message lists them, so that a suggestion can be made."""
    known = words if isinstance(words, tuple) else tuple(sorted(words))
    return Text(validate=validate.OneOf(known, error='"{input}" is not one of {choices}.'), **more)


def keyed(value: fields.Field[Any], **more: Any) -> fields.Dict:
    """Take an object whose keys the author chooses."""
    return fields.Dict(keys=Text(), values=value, **more)


def some(value: fields.Field[Any], message: str, **more: Any) -> fields.List[Any]:
    """Take a list that is not empty."""
    return fields.List(value, validate=validate.Length(min=1, error=message), **more)
