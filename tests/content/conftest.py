import pytest
from sample import NOW, ROOT

from cms.content.snapshot import Snapshot
from cms.runtime.verification import verify
from cms.workspace import read_folder


@pytest.fixture(scope="session")
def sample() -> Snapshot:
    """The sample workspace, without a single finding."""
    verified = verify(read_folder(ROOT), now=NOW)
    assert [str(problem) for problem in verified.problems] == []
    assert verified.snapshot is not None
    return verified.snapshot
