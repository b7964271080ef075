"""Operational failures: what cannot go on, as opposed to a `Problem`, which an author can mend."""


class CmsError(Exception):
    """Something outside the authored files failed; `code` is stable and may be matched by callers."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
