"""The end of a node, whenever it is told to."""

import sys
from pathlib import Path

import pytest
from programs import free_port, running_cms, wait_for


@pytest.mark.skipif(sys.platform != "linux", reason="finds the worker in /proc")
def test_a_node_told_to_end_while_its_worker_starts_ends_at_once(tmp_path: Path) -> None:
    with running_cms(tmp_path, "serve", "--port", str(free_port())) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        wait_for(lambda: children.read_text("ascii").strip() != "", patience_s=30, pause_s=0.001)
        process.terminate()
        assert process.wait(10) == 0
