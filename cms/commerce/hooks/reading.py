"""Reading webhooks whose signature holds: what most adapters need beside their own hints."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from cms.commerce.adapter import Hint, Hook, HookError, ReadHook
from cms.commerce.hooks.signatures import signing_key, standard_webhook
from cms.commerce.wire.strict_json import parse_json


def standard_reader(secrets: Sequence[str], hints: Callable[[Mapping[str, Any]], Iterable[Hint]]) -> ReadHook | None:
    """Make the reader of webhooks signed as Standard Webhooks say; None without a secret, for then nobody can sign one.

    Args:
        secrets: The live ones.
        hints: From the body to what is to be read again; raises HookError `hook-malformed`.

    Raises:
        CmsError: `commerce-settings`: a secret cannot be used.
    """
    for secret in secrets:
        signing_key(secret)

    def read(headers: Mapping[str, str], body: bytes, now: datetime) -> Hook:
        key = standard_webhook(headers, body, secrets, now)
        return Hook(key, tuple(hints(object_of(body))))

    return read if secrets else None


def object_of(body: bytes) -> Mapping[str, Any]:
    """Parse the body of a webhook whose signature holds.

    Raises:
        HookError: `hook-malformed`: it is no JSON object.
    """
    try:
        data = parse_json(body)
    except ValueError as error:
        raise HookError("hook-malformed", f"The webhook is no JSON: {error}.") from error
    if not isinstance(data, dict):
        raise HookError("hook-malformed", "The webhook is no JSON object.")
    return data
