"""The release store: publishing adds a release and moves the live pointer, both or neither."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, Row, Select, insert, inspect, select, update

from cms.databases import Database
from cms.errors import CmsError
from cms.releases.release import Activation, Release
from cms.releases.tables import ACTIVATIONS, ADDED, CHECKS, LIVE, METADATA, RELEASE_FILES, RELEASES
from cms.workspace import canonical, digest

_NOTHING_LIVE = 0
_CONFLICT = ("publish-conflict", "someone else published at the same moment; nothing was changed.")


class ReleaseStore:
    """Releases of one environment in one database. A store that is not there reads as an empty one, and is not made.

    When the database fails, methods raise a `CmsError`: `storage-full`, `store-busy`, `store-damaged` or
    `store-unavailable`.
    """

    def __init__(self, url: str, environment: str = "production") -> None:
        self._database = Database(url, METADATA, name="release store", conflict=_CONFLICT)
        self._environment = environment

    def live(self) -> Activation | None:
        """Tell what is live; nothing before the first publish."""
        with self._database.reading() as connection:
            return self._live(connection) if connection else None

    def load(self, release: str) -> Release:
        """Read a release whole and verified.

        Raises:
            CmsError: `no-such-release` or `release-damaged`.
        """
        with self._database.reading() as connection:
            return _load(connection, release)

    def publish(
        self,
        files: Mapping[str, bytes],
        *,
        at: datetime,
        by: str,
        note: str = "",
        based_on: int | None = None,
        checked_by: str = "",
    ) -> Activation:
        """Store files as a release and make it live, in one transaction.

        Publishing what is live already changes nothing and gives the activation there is.

        Args:
            files: Authored files by path; stored canonically.
            at: When, aware.
            by: Who.
            note: Why, for the history.
            based_on: The sequence the author started from (0: nothing was live); None does not ask.
            checked_by: The version that found no error in the files; "": none did, so that each node looks itself.

        Raises:
            CmsError: `publish-conflict`; something else went live since `based_on`.
        """
        spelled = canonical(files)
        release = digest(spelled)
        with self._database.writing() as connection:
            live = self._live(connection)
            _refuse_if_moved(live, based_on)
            if checked_by:
                _note_check(connection, release, checked_by)
            if live and live.release == release:
                return live
            _store(connection, release, spelled, at)
            return self._go_live(connection, live, release, at=at, by=by, note=note)

    def activate(self, release: str, *, at: datetime, by: str, note: str = "") -> Activation:
        """Make a stored release live again; one that is live already stays as it is.

        Raises:
            CmsError: `no-such-release` or `release-damaged`; nothing was changed.
        """
        with self._database.writing() as connection:
            _load(connection, release)
            live = self._live(connection)
            if live and live.release == release:
                return live
            return self._go_live(connection, live, release, at=at, by=by, note=note)

    def history(self, limit: int = 50) -> Sequence[Activation]:
        """List activations, the newest first."""
        newest = self._activations().order_by(ACTIVATIONS.c.sequence.desc()).limit(limit)
        with self._database.reading() as connection:
            return [_activation(row) for row in connection.execute(newest)] if connection else []

    def close(self) -> None:
        """Let go of the database; the store can be used again."""
        self._database.close()

    def _activations(self) -> Select[tuple[object, ...]]:
        return select(ACTIVATIONS).where(ACTIVATIONS.c.environment == self._environment)

    def _live(self, connection: Connection) -> Activation | None:
        pointed = select(LIVE.c.sequence).where(LIVE.c.environment == self._environment).scalar_subquery()
        row = connection.execute(self._activations().where(ACTIVATIONS.c.sequence == pointed)).one_or_none()
        return _activation(row) if row else None

    def _go_live(
        self, connection: Connection, live: Activation | None, release: str, *, at: datetime, by: str, note: str
    ) -> Activation:
        sequence = (live.sequence if live else _NOTHING_LIVE) + 1
        activation = Activation(sequence, release, self._environment, at.astimezone(UTC), by, note)
        connection.execute(insert(ACTIVATIONS).values(_row(activation)))
        here = LIVE.c.environment == self._environment
        if live:
            connection.execute(update(LIVE).where(here).values(sequence=sequence))
        else:
            connection.execute(insert(LIVE).values(environment=self._environment, sequence=sequence))
        return activation


def _refuse_if_moved(live: Activation | None, based_on: int | None) -> None:
    now = live.sequence if live else _NOTHING_LIVE
    if based_on is None or based_on == now:
        return
    who = f"{live.by} published {live.release[:12]} as {now}" if live else "nothing is live"
    raise CmsError(
        "publish-conflict",
        f"your work started from {based_on}, but meanwhile {who}. "
        f"Nothing was changed. `cms releases` shows what went live; join the changes and publish again "
        f"with --based-on {now}.",
    )


def _store(connection: Connection, release: str, files: Mapping[str, bytes], at: datetime) -> None:
    if connection.scalar(select(RELEASES.c.release).where(RELEASES.c.release == release)):
        return
    connection.execute(insert(RELEASES).values(release=release, stored_at=_time(at)))
    rows = [{"release": release, "path": path, "content": content} for path, content in files.items()]
    if rows:
        connection.execute(insert(RELEASE_FILES), rows)


def _load(connection: Connection | None, release: str) -> Release:
    if connection is None or not connection.scalar(select(RELEASES.c.release).where(RELEASES.c.release == release)):
        raise CmsError("no-such-release", f'no release "{release[:64]}" in the store. See `cms releases`.')
    rows = connection.execute(
        select(RELEASE_FILES.c.path, RELEASE_FILES.c.content).where(RELEASE_FILES.c.release == release)
    )
    files = dict(sorted((str(path), bytes(content)) for path, content in rows))
    return Release(release, files, _checks(connection, release)).verified()


def _checks(connection: Connection, release: str) -> frozenset[str]:
    if not inspect(connection).has_table(CHECKS.name):
        return frozenset()
    return frozenset(connection.scalars(select(CHECKS.c.version).where(CHECKS.c.release == release)))


def _note_check(connection: Connection, release: str, version: str) -> None:
    ADDED.create_all(connection)
    if version not in _checks(connection, release):
        connection.execute(insert(CHECKS).values(release=release, version=version))


def _time(at: datetime) -> str:
    if at.tzinfo is None:
        raise ValueError("a publish needs a time with an offset")
    return at.astimezone(UTC).isoformat()


def _row(activation: Activation) -> dict[str, object]:
    return {
        "environment": activation.environment,
        "sequence": activation.sequence,
        "release": activation.release,
        "at": _time(activation.at),
        "by": activation.by,
        "note": activation.note,
    }


def _activation(row: Row[tuple[object, ...]]) -> Activation:
    values = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return Activation(
        sequence=values["sequence"],
        release=values["release"],
        environment=values["environment"],
        at=datetime.fromisoformat(values["at"]),
        by=values["by"],
        note=values["note"],
    )
