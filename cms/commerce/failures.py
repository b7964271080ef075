"""How a shop fails, told apart by what it means for the next call."""

from cms.errors import CmsError

TIMEOUT = "commerce-timeout"
REFUSED = "commerce-refused"
ERROR = "commerce-error"
GARBAGE = "commerce-garbage"
MISMATCH = "commerce-mismatch"  # it answered for somebody else

# What reading an answer of another shape than the one expected raises.
MALFORMED = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, StopIteration, RecursionError)


class ShopError(CmsError):
    """A call that gave no answer; the message never holds a token or a visitor's data.

    `ails` is true when the shop itself seems unwell, so that sparing it helps; a refusal of this one question
    (a currency it does not sell in, a key it does not take) says nothing about the next. `retry_after_s` is the
    pause the shop asked for, or 0.
    """

    def __init__(self, code: str, message: str, *, ails: bool = True, retry_after_s: float = 0.0) -> None:
        super().__init__(code, message)
        self.ails = ails
        self.retry_after_s = retry_after_s
