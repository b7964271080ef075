"""Redis or Valkey, which nodes share: a connection that waits for nothing long, and what using it may raise."""

from typing import Any

from cms.errors import CmsError

ANSWERS_S = 0.02  # what does not answer as soon as that is left alone
PAUSE_S = 5.0  # for so long


def connected(
    url: str, *, answers_s: float = ANSWERS_S, decodes: bool = True
) -> tuple[Any, tuple[type[Exception], ...]]:
    """Give a client, and what using it may raise; nothing is asked of Redis yet.

    Args:
        url: Such as redis://127.0.0.1:6379/0.
        answers_s: How long a connection or an answer may take.
        decodes: Give texts instead of bytes.

    Raises:
        CmsError: `redis-missing` without the extra, `bad-setting` where the URL is none.
    """
    try:
        from redis import Redis, RedisError  # noqa: PLC0415 - an extra
        from redis.backoff import NoBackoff  # noqa: PLC0415
        from redis.retry import Retry  # noqa: PLC0415
    except ImportError as missing:
        message = "CMS_REDIS_URL needs the package redis: install vitrine-cms[redis]."
        raise CmsError("redis-missing", message) from missing
    try:
        # Its own default is to try again for seconds, with a page waiting.
        client = Redis.from_url(
            url,
            decode_responses=decodes,
            socket_timeout=answers_s,
            socket_connect_timeout=answers_s,
            retry=Retry(NoBackoff(), 0),
        )
    except ValueError as wrong:
        # What is wrong with it is not told: that may be a part of the password.
        message = "CMS_REDIS_URL is no address of Redis. Write for example redis://127.0.0.1:6379/0."
        raise CmsError("bad-setting", message) from wrong
    return client, (RedisError, OSError, ValueError)  # the last where somebody else wrote to our keys
