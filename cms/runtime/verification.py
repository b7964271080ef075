"""Verification: everything that must hold before a workspace may go live, in one pass."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cms.content.compiling import compile_workspace
from cms.content.snapshot import Snapshot
from cms.problems import Problem, errors
from cms.proofs.expectations import check_personas
from cms.workspace import read_workspace


@dataclass(frozen=True, slots=True)
class Verified:
    """A checked workspace: `snapshot` is set unless it could not be compiled."""

    snapshot: Snapshot | None
    problems: tuple[Problem, ...]

    @property
    def is_fit(self) -> bool:
        return self.snapshot is not None and not errors(self.problems)


def verify(files: Mapping[str, bytes], *, now: datetime) -> Verified:
    """Compile a workspace and hold its personas against it.

    Args:
        files: Path → bytes, as `read_folder` or a release gives them.
        now: The clock of personas that name none.
    """
    workspace = read_workspace(files)
    snapshot, problems = compile_workspace(workspace)
    if snapshot is None:
        return Verified(None, tuple(problems))
    problems += check_personas(snapshot, workspace.of_kind("persona"), now=now)
    ordered = sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column, problem.code))
    return Verified(snapshot, tuple(ordered))
