"""The wheel: only `cms/`, the sample workspace inside it, and usable from there."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
AUTHORED = ("components", "segments", "content")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(out)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(out.glob("*.whl"))


def test_the_wheel_holds_only_the_package(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}

    assert {"cms", "vitrine_cms-0.1.0.dist-info"} == tops


def test_the_wheel_carries_the_whole_sample_workspace(wheel: Path) -> None:
    packed = {name.removeprefix("cms/starter/") for name in zipfile.ZipFile(wheel).namelist() if "/starter/" in name}
    here = {
        path.relative_to(ROOT).as_posix()
        for name in AUTHORED
        for path in (ROOT / name).rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }

    assert here == packed


def test_no_python_lies_below_the_authored_folders() -> None:
    assert [] == [str(path) for name in AUTHORED for path in (ROOT / name).rglob("*.py")]


def test_the_unpacked_wheel_makes_and_checks_a_sample_workspace(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}

    def cms(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "cms", *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    made = cms("init", "shop", "--sample")
    checked = cms("check", "--strict", "--workspace", "shop")

    assert (0, "") == (made.returncode, made.stderr)
    assert (0, "0 errors, 0 warnings,") == (checked.returncode, checked.stdout[:21])


def test_importing_the_package_loads_no_web_server() -> None:
    code = "import sys, cms, cms.decisions.decide; print([m for m in ('flask', 'requests', 'granian') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert "[]\n" == done.stdout
