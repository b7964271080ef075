"""A shop's catalogue as a copy that is kept up to date: read in parts once, then only what has changed."""

import contextlib
import logging
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

_log = logging.getLogger("cms.commerce")
_WHOLE_EVERY_S = 24 * 3600.0  # what has gone without a word is gone then
_FORM = 1  # of the file; another one is not read
_PART_EVERY_S = 2.0  # what is lost at most of a reading under way when the process ends
_KEPT_EVERY_S = 60.0  # what is lost at most of changes: they are asked for again


class Progress(NamedTuple):
    """How far a reading is: products so far, and in all where the shop says."""

    done: int
    total: int | None


class _Kept(msgspec.Struct, frozen=True):
    """`age_s`: how long ago, while a process ran, all was read."""

    form: int
    cursor: str
    products: list[Product]
    age_s: float = 0.0


class Standing(NamedTuple):
    """A copy that outlives the process: how many products, and when it was written."""

    products: int
    written_at: datetime


@dataclass(slots=True)
class _Copy:
    """One currency's. `cursor` is where its changes begin, "" where they are not told; `whole_at` when all was read, monotonic.

    `coming` is a whole reading under way, at `place`; `is_awaited`: somebody wants nothing else. `is_from_disk`: nothing was
    asked with what was kept there.
    """

    products: Mapping[str, Product] | None = None
    cursor: str = ""
    coming: dict[str, Product] | None = None
    place: str = ""
    is_awaited: bool = False
    is_from_disk: bool = False
    whole_at: float = 0.0
    part_at: float = 0.0  # when a part was last written
    kept_at: float = float("-inf")  # when the copy was
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        """Read all of it, from the start."""
        self.coming, self.place = {}, ""


class _Way(NamedTuple):
    """What one reading goes by."""

    currency: str
    deadline: float
    progress: Callable[[Progress], None] | None

    def tell(self, done: int, total: int | None) -> None:
        if self.progress is not None:
            self.progress(Progress(done, total))


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
                copy.begin()
            copy.is_awaited |= anew
            return self._read_on(copy, _Way(currency, deadline, progress))
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

    def _read_on(self, copy: _Copy, way: _Way) -> Mapping[str, Product]:
        """Give a copy with all changes; while all is read again, that of before, for that may take long."""
        if copy.cursor and not copy.is_awaited:
            self._catch_up(copy, way)
        if copy.cursor and not copy.is_awaited:
            told = copy.products or {}
            if copy.coming is not None:
                self._read_behind(copy, way)
            return told
        took_before = bool(copy.place)
        self._read_whole(copy, way)
        if took_before and copy.cursor:
            self._catch_up(copy, way)
        return copy.products or {}

    def _catch_up(self, copy: _Copy, way: _Way) -> None:
        while copy.cursor:
            batch = self._batch(copy, copy.cursor, way)
            copy.products = _changed(copy.products or {}, batch)
            if not batch.cursor and copy.coming is None:
                copy.begin()
            if batch.cursor or not batch.is_last:
                copy.cursor = batch.cursor
            way.tell(len(copy.products), batch.total)
            if batch.is_last:
                self._keep(copy, way.currency)
                return

    def _read_whole(self, copy: _Copy, way: _Way) -> None:
        if copy.coming is None:
            copy.begin()
        while copy.coming is not None:
            batch = self._batch(copy, copy.place, way)
            if not (batch.cursor or batch.is_last):
                copy.begin()
            self._collect(copy, copy.coming, batch)
            way.tell(len(copy.coming or copy.products or {}), batch.total)
            self._keep(copy, way.currency) if batch.is_last else self._keep_part(copy, way.currency)

    def _read_behind(self, copy: _Copy, way: _Way) -> None:
        """Go on with a whole reading in the time that is left; what fails is tried with the next call."""
        try:
            self._read_whole(copy, way)
        except ShopError as error:
            if error.code != TIMEOUT:
                _log.warning("catalogue_not_read_anew code=%s message=%s", error.code, error.message)

    def _batch(self, copy: _Copy, cursor: str, way: _Way) -> Batch:
        left = way.deadline - self._monotonic()
        if left <= 0:
            raise ShopError(TIMEOUT, "the catalogue was not read in time; it goes on where it was")
        try:
            batch = self._feed.batch(cursor, currency=way.currency, timeout_s=left)
        except Exception as error:
            if not (cursor and copy.is_from_disk) or getattr(error, "ails", False):
                raise
            # What was kept was written by another version, or is forgotten over there.
            copy.begin()
            batch = Batch({}, "", is_last=False)
        copy.is_from_disk = False
        return batch

    def _collect(self, copy: _Copy, coming: dict[str, Product], batch: Batch) -> None:
        coming.update(batch.products)
        for sku in batch.gone:
            coming.pop(sku, None)
        copy.place = batch.cursor
        if batch.is_last:
            copy.products = copy.products if copy.products == coming else coming
            copy.cursor, copy.coming, copy.place, copy.is_awaited = batch.cursor, None, "", False
            copy.whole_at, copy.kept_at = self._monotonic(), float("-inf")

    def _copy(self, currency: str) -> _Copy:
        with self._lock:
            if currency not in self._copies:
                self._copies[currency] = self._kept(currency)
            return self._copies[currency]

    def _kept(self, currency: str) -> _Copy:
        whole, part = self._read(self._file(currency)), self._read(self._part(currency))
        copy = _Copy(is_from_disk=True)
        if whole is not None:
            copy.products, copy.cursor, copy.whole_at = _by_sku(whole), whole.cursor, self._monotonic() - whole.age_s
        if part is not None:
            copy.coming, copy.place = _by_sku(part), part.cursor
        return copy

    def _read(self, file: Path) -> _Kept | None:
        if self._folder is not None:
            with contextlib.suppress(OSError, msgspec.MsgspecError):
                kept = msgspec.json.decode(file.read_bytes(), type=_Kept)
                return kept if kept.form == _FORM and kept.cursor else None
        return None

    def _keep(self, copy: _Copy, currency: str) -> None:
        """Write the copy whole or not at all, now and then; where the feed tells everything each time there is nothing to keep."""
        now = self._monotonic()
        if self._folder is None or now - copy.kept_at < _KEPT_EVERY_S:
            return
        copy.kept_at = now
        if copy.cursor:
            self._write(
                self._file(currency), _Kept(_FORM, copy.cursor, [*(copy.products or {}).values()], now - copy.whole_at)
            )
        if copy.coming is None:
            with contextlib.suppress(OSError):
                self._part(currency).unlink(missing_ok=True)

    def _keep_part(self, copy: _Copy, currency: str, *, at_once: bool = False) -> None:
        """Write now and then how far a whole reading is, so that another process can go on with it."""
        now = self._monotonic()
        if self._folder is None or not copy.coming or not copy.place:
            return
        if at_once or now - copy.part_at >= _PART_EVERY_S:
            self._write(self._part(currency), _Kept(_FORM, copy.place, [*copy.coming.values()]))
            copy.part_at = now

    def _write(self, file: Path, kept: _Kept) -> None:
        with contextlib.suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            beside = file.with_suffix(f".{os.getpid()}")
            beside.write_bytes(msgspec.json.encode(kept))
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
