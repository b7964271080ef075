"""A shop's catalogue as a copy that is kept up to date: read in parts once, then only what has changed."""

import contextlib
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import msgspec

from cms.commerce.adapter import Batch, CatalogueFeed
from cms.commerce.failures import TIMEOUT, ShopError
from cms.facts.signals import Answer, Found, Product, Shopper, Signal, SignalSource

_WHOLE_EVERY_S = 24 * 3600.0  # what has gone without a word is gone then
_FORM = 1  # of the file; another one is not read
_PART_EVERY_S = 2.0  # what is lost at most of a reading under way when the process ends


class Progress(NamedTuple):
    """How far a reading is: products so far, and in all where the shop says."""

    done: int
    total: int | None


class _Kept(msgspec.Struct, frozen=True):
    form: int
    cursor: str
    products: list[Product]


class Standing(NamedTuple):
    """A copy that outlives the process: how many products, and when it was written."""

    products: int
    written_at: datetime


@dataclass(slots=True)
class _Copy:
    """One currency's. `coming` is a whole reading under way; `whole_at` when the last one ended, monotonic."""

    products: Mapping[str, Product] | None = None
    cursor: str = ""
    coming: dict[str, Product] | None = None
    whole_at: float = 0.0
    part_at: float = 0.0  # when a part was last written
    lock: threading.Lock = field(default_factory=threading.Lock)


class SyncedCatalogue:
    """The copies of one feed, one for each currency; safe for threads.

    Args:
        feed: The catalogue in parts.
        folder: Where copies outlive the process, None: nowhere. A file that cannot be read or written costs a whole reading.
        name: Of the shop; two shops' files do not mix.
        monotonic: Seconds.
    """

    def __init__(self, feed: CatalogueFeed, folder: Path | None, *, name: str, monotonic: Callable[[], float]) -> None:
        self._feed = feed
        self._folder = folder
        self._name = name
        self._monotonic = monotonic
        self._copies: dict[str, _Copy] = {}
        self._lock = threading.Lock()

    def read(
        self, currency: str, *, timeout_s: float, anew: bool = False, progress: Callable[[Progress], None] | None = None
    ) -> Mapping[str, Product]:
        """Bring the copy up to date and give it.

        Args:
            currency: Of its prices.
            timeout_s: A reading that is not done by then goes on where it was with the next call.
            anew: Read all of it, whatever is kept.
            progress: Told after each part.

        Raises:
            ShopError: What the feed raises; `commerce-timeout` too where time ran out.
        """
        deadline = self._monotonic() + timeout_s
        copy = self._copy(currency)
        if not copy.lock.acquire(timeout=max(0.0, timeout_s)):
            raise ShopError(TIMEOUT, "the catalogue is still being read")
        try:
            if anew or (copy.coming is None and self._monotonic() - copy.whole_at > _WHOLE_EVERY_S):
                copy.cursor, copy.coming = "", {}
            while not self._step(copy, currency, deadline, progress):
                self._keep_part(copy, currency)
            return copy.products or {}
        finally:
            self._keep_part(copy, currency, at_once=True)
            copy.lock.release()

    def standing(self, currency: str) -> Standing | None:
        """Tell of the copy that outlives the process; None: there is none."""
        kept = self._read(self._file(currency))
        if kept is None:
            return None
        written = self._file(currency).stat().st_mtime
        return Standing(len(kept.products), datetime.fromtimestamp(written, UTC))

    def _step(self, copy: _Copy, currency: str, deadline: float, progress: Callable[[Progress], None] | None) -> bool:
        left = deadline - self._monotonic()
        if left <= 0:
            raise ShopError(TIMEOUT, "the catalogue was not read in time; it goes on where it was")
        if copy.coming is None and not copy.cursor:
            copy.coming = {}
        batch = self._feed.batch(copy.cursor, currency=currency, timeout_s=left)
        if copy.coming is not None:
            self._collect(copy, batch)
        else:
            copy.products = _changed(copy.products or {}, batch)
        copy.cursor = batch.cursor
        if batch.is_last:
            self._keep(copy, currency)
        if progress is not None:
            progress(Progress(len(copy.coming if copy.coming is not None else copy.products or {}), batch.total))
        return batch.is_last

    def _collect(self, copy: _Copy, batch: Batch) -> None:
        if copy.coming is None:
            return
        copy.coming.update(batch.products)
        for sku in batch.gone:
            copy.coming.pop(sku, None)
        if batch.is_last:
            copy.products = copy.products if copy.products == copy.coming else copy.coming
            copy.coming, copy.whole_at = None, self._monotonic()

    def _copy(self, currency: str) -> _Copy:
        with self._lock:
            if currency not in self._copies:
                self._copies[currency] = self._kept(currency)
            return self._copies[currency]

    def _kept(self, currency: str) -> _Copy:
        whole, part = self._read(self._file(currency)), self._read(self._part(currency))
        copy = _Copy(coming={}) if whole is None else _Copy(_by_sku(whole), whole.cursor, whole_at=self._monotonic())
        if part is not None:
            copy.cursor, copy.coming = part.cursor, _by_sku(part)
        return copy

    def _read(self, file: Path) -> _Kept | None:
        if self._folder is not None:
            with contextlib.suppress(OSError, msgspec.MsgspecError):
                kept = msgspec.json.decode(file.read_bytes(), type=_Kept)
                return kept if kept.form == _FORM and kept.cursor else None
        return None

    def _keep(self, copy: _Copy, currency: str) -> None:
        """Write the copy whole or not at all; where the feed tells everything each time there is nothing to keep."""
        if self._folder is None:
            return
        if copy.cursor:
            self._write(self._file(currency), copy.cursor, copy.products or {})
        with contextlib.suppress(OSError):
            self._part(currency).unlink(missing_ok=True)

    def _keep_part(self, copy: _Copy, currency: str, *, at_once: bool = False) -> None:
        """Write now and then how far a whole reading is, so that another process can go on with it."""
        now = self._monotonic()
        if self._folder is None or not copy.coming or not copy.cursor:
            return
        if at_once or now - copy.part_at >= _PART_EVERY_S:
            self._write(self._part(currency), copy.cursor, copy.coming)
            copy.part_at = now

    def _write(self, file: Path, cursor: str, products: Mapping[str, Product]) -> None:
        written = msgspec.json.encode(_Kept(_FORM, cursor, list(products.values())))
        with contextlib.suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            beside = file.with_suffix(f".{os.getpid()}")
            beside.write_bytes(written)
            beside.replace(file)

    def _part(self, currency: str) -> Path:
        return self._file(currency).with_suffix(".part.json")

    def _file(self, currency: str) -> Path:
        named = blake2b(f"{self._name}\0{currency}".encode(), digest_size=12).hexdigest()
        return (self._folder or Path()) / f"{named}.json"


def _by_sku(kept: _Kept) -> dict[str, Product]:
    return {product.sku: product for product in kept.products}


def _changed(known: Mapping[str, Product], batch: Batch) -> Mapping[str, Product]:
    """Lay changes over what is known; the same object where they change nothing, for much is kept by it."""
    if not batch.gone & known.keys() and all(known.get(sku) == product for sku, product in batch.products.items()):
        return known
    return {sku: product for sku, product in known.items() if sku not in batch.gone} | dict(batch.products)


class WithCatalogue:
    """A source whose catalogue is a copy."""

    def __init__(self, source: SignalSource, catalogue: SyncedCatalogue) -> None:
        self._source = source
        self.catalogue = catalogue
        self.supplies = source.supplies | {Signal.CATALOGUE}
        self.lacks = source.lacks
        self.tells: frozenset[str] = getattr(source, "tells", frozenset())

    def fetch(self, signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
        if signal is Signal.CATALOGUE:
            return Answer(Found.FOUND, self.catalogue.read(currency, timeout_s=timeout_s))
        return self._source.fetch(signal, shopper, currency=currency, timeout_s=timeout_s)
