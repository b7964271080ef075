"""F09: the shop's name does not exist, or nobody says whether it does."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fault_model import shown
from fault_world import BODIES, HERE, PAGE, Run
from programs import ROOT, environment, free_port

LIMIT_MS = 120.0
PATIENCE = 5
MUCH = 25


def _needs_a_network_of_its_own() -> None:
    if shutil.which("unshare") is None or shutil.which("mount") is None:
        pytest.skip("unshare and mount, which make a network of its own, are not installed")
    if subprocess.run(["unshare", "-mn", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this user may not make a network of its own: it takes root")


@pytest.mark.parametrize("silent", [True, False], ids=["silent", "no such name"])
def test_a_shop_without_a_name_costs_no_more_than_the_budget(tmp_path: Path, seconds: float, *, silent: bool) -> None:
    _needs_a_network_of_its_own()
    settings = {
        "CMS_COMMERCE_ADAPTER": "http",
        "CMS_COMMERCE_URL": "http://shop.example/signals" if silent else "http://no-such-shop.invalid/signals",
        "CMS_COMMERCE_KEY": "k",
        "CMS_EVENTS_URL": "",
    }
    plan = {
        "port": free_port(), "path": f"/v1/pages/{PAGE}", "rate": 50, "seconds": seconds, "bodies": BODIES,
        "workspace": str(ROOT), "settings": settings,
    }  # fmt: skip
    words = ["unshare", "-mn", sys.executable, str(HERE / "silent_names.py")]
    done = subprocess.run(
        words,
        check=False,
        input=json.dumps(plan),
        capture_output=True,
        text=True,
        env=environment(tmp_path),
        timeout=seconds + 60,
    )
    assert done.stdout, done.stderr
    run = Run(json.loads(done.stdout), [], 0)

    sys.stdout.write(
        f"  F09 {'silent' if silent else 'no such name':12} p50 {run.ms(0.5):.1f}, p99 {run.ms(0.99):.1f}, worst {run.ms(1):.1f} ms, said {sorted(run.why)}\n"
    )
    assert {200} == run.statuses
    assert [] == [row for row in run.rows if shown(row["answer"]) != shown(run.rows[0]["answer"])]
    assert run.why <= {"timeout", "refused", "busy"}
    assert run.ms(1) < LIMIT_MS * (1 if seconds >= MUCH else PATIENCE)
