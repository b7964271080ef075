"""Checking: the findings of a proof as problems, each in the file it is about."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import monotonic

from cms.content.snapshot import Snapshot
from cms.problems import Problem, Severity
from cms.proofs.coverage import check_coverage
from cms.proofs.finding import Finding
from cms.proofs.keeping import ProofFolder
from cms.proofs.proving import BUDGET_S, Progress, Proving, is_solver_installed
from cms.proofs.solving import Deadline
from cms.proofs.telling import told
from cms.workspace.documents import Workspace

_COVERAGE_S = 10.0
_GENERAL = frozenset({"never-matches", "equivalent", "contained"})


@dataclass(frozen=True, slots=True)
class ProofOptions:
    """How to prove: the language of findings, surfaces (none: all), seconds at most, and where proofs are kept."""

    language: str = "en"
    pages: Collection[str] = field(default_factory=frozenset)
    budget_s: float = BUDGET_S
    progress: Progress | None = None
    cache_dir: Path | None = None


def check_proofs(snapshot: Snapshot, workspace: Workspace, *, now: datetime, options: ProofOptions) -> list[Problem]:
    """Prove a snapshot and tell what was found.

    Args:
        snapshot: What would go live.
        workspace: The files it was compiled from.
        now: The moment from which on it is proved.
        options: How.
    """

    def tell(finding: Finding) -> Problem:
        return _problem(finding, snapshot, workspace, options.language)

    folder = options.cache_dir
    kept = ProofFolder(folder, snapshot, workspace, now=now, language=options.language) if folder else None
    proving = Proving(snapshot, tell, now=now, budget_s=options.budget_s, kept=kept)
    found = _once(proving.run(options.pages, options.progress))
    if not options.pages and is_solver_installed():
        deadline = Deadline(monotonic, monotonic() + min(_COVERAGE_S, options.budget_s))
        found += check_coverage(snapshot, workspace, now=now, deadline=deadline)
    return found


def _once(found: Iterable[Problem]) -> list[Problem]:
    """Tell once what is so in several channels of a page: of the first of them, or of one where it is worse."""
    first: dict[tuple[str, str, str], Problem] = {}
    for problem in found:
        name = problem.code, problem.file, problem.subject
        if name not in first or (first[name].severity, problem.severity) == (Severity.WARNING, Severity.ERROR):
            first[name] = problem
    return list(first.values())


def _problem(finding: Finding, snapshot: Snapshot, workspace: Workspace, language: str) -> Problem:
    message, suggestion = told(finding, snapshot, language)
    problem = Problem(
        code=finding.code,
        message=message,
        pointer=finding.pointer,
        suggestion=suggestion,
        severity=finding.severity,
        subject=subject_of(finding),
        place=finding.place,
        visitor=finding.visitor.persona(snapshot) if finding.visitor is not None else None,
    )
    document = workspace.of_kind(finding.kind).get(finding.key)
    return document.place(problem) if document is not None else problem


def subject_of(finding: Finding) -> str:
    """Name what a finding is about, whatever it says of it."""
    if finding.code == "contradiction":
        return f"{finding.place} {':'.join(finding.by[0])} {finding.entry}:{finding.variant}"
    if finding.code == "wrong-channel":
        return f"{finding.place} {finding.entry}:{finding.variant}"
    if finding.by and finding.code in _GENERAL:
        return f"{finding.key} {finding.by[0][0]}"
    if finding.code in _GENERAL or finding.kind in {"segment", "workspace"}:
        return finding.key
    if finding.code == "not-proved":
        return f"{finding.place} variants" if finding.entry else finding.place
    return f"{finding.entry}:{finding.variant}" if finding.entry else finding.place
