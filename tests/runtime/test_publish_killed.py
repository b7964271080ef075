"""`cms publish` killed at any moment leaves the old release or the new one, never a mix."""

import json
import random
import time
from collections.abc import Mapping
from pathlib import Path

from corner import LETTERHEAD, corner_folder
from programs import environment, start_cms

from cms.releases import ReleaseStore
from cms.runtime.live import StoreFollower
from cms.workspace import read_folder, release_id

KILLS = 26
ENOUGH_S = 20


def rewrite(folder: Path, number: int) -> Mapping[str, bytes]:
    """Make all authored copy say one number."""
    for name in ("about", "members"):
        path = folder / f"content/entries/{name}.json"
        entry = json.loads(path.read_text("utf-8"))
        entry["variants"][-1]["content"]["en"]["headline"] = f"Number {number}"
        path.write_text(json.dumps(entry), encoding="utf-8")
    return read_folder(folder)


def touched(database: Path) -> tuple[int, ...]:
    files = [database, database.with_name(database.name + "-wal")]
    return tuple(file.stat().st_mtime_ns for file in files if file.exists())


def test_a_publish_killed_at_any_moment_leaves_the_old_or_the_new_release(tmp_path: Path) -> None:
    folder, database, dice = corner_folder(tmp_path / "w"), tmp_path / "cms.sqlite", random.Random(7)
    url = environment(tmp_path)["CMS_DATABASE_URL"]
    old = rewrite(folder, 0)
    start = time.monotonic()
    assert start_cms(tmp_path, "publish", "--workspace", str(folder)).wait(30) == 0
    usual_s = time.monotonic() - start
    survived = []
    for number in range(1, KILLS + 1):
        if time.monotonic() - start > ENOUGH_S and number > 12:
            break
        new, before = rewrite(folder, number), touched(database)
        process, began = start_cms(tmp_path, "publish", "--workspace", str(folder)), time.monotonic()
        if number % 2:
            time.sleep(dice.uniform(0, usual_s * 1.05))
        else:  # within the few milliseconds in which the store is written
            while touched(database) == before and process.poll() is None and time.monotonic() - began < 30:
                time.sleep(0.0005)
            time.sleep(dice.uniform(0, 0.02))
        process.kill()
        process.wait(10)
        store = ReleaseStore(url)
        live = store.live()
        assert live is not None
        assert live.release in {release_id(old), release_id(new)}
        assert dict(store.load(live.release).files).keys() == dict(new).keys()
        store.close()
        survived.append(live.release == release_id(new))
        old = new if survived[-1] else old
    assert len(survived) >= 12
    node = StoreFollower(lambda: ReleaseStore(url), tmp_path / "last-good.json", letterhead=LETTERHEAD).newer(None)
    assert node is not None
    assert node.snapshot.release == release_id(old)
