"""A process that publishes: `python publishing.py URL NUMBER [LAST_GOOD]` stores the content of one number."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from cms.errors import CmsError
from cms.releases import Activation, Release, ReleaseStore, write_last_good

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def content(number: int, files: int = 30) -> dict[str, bytes]:
    """Files that all say the same number, so that a mix of two releases shows."""
    return {f"content/entries/e{n}/a.en.md": (f"{number}\n" * 400).encode() for n in range(files)}


def numbers(files: Mapping[str, bytes]) -> set[int]:
    return {int(line) for text in files.values() for line in text.splitlines()}


def publish(store: ReleaseStore, number: int, based_on: int | None = None) -> Activation:
    return store.publish(content(number), at=NOON, by="anna", note=f"number {number}", based_on=based_on)


def main(url: str, number: str, last_good: str | None = None) -> None:
    store = ReleaseStore(url)
    activation = publish(store, int(number))
    if last_good:
        write_last_good(Path(last_good), Release(activation.release, content(int(number))), activation.sequence)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except CmsError as error:
        sys.exit(f"{error.code}: {error}")
