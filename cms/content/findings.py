"""Findings: problems of the kinds, placed in the files they stand in."""

from collections.abc import Iterable

from cms.problems import Problem, Severity
from cms.workspace.documents import Document


class Findings:
    """Collects problems; each is placed by its document as it comes in."""

    def __init__(self, problems: Iterable[Problem] = ()) -> None:
        self.problems = list(problems)

    def add(self, document: Document, *problems: Problem) -> None:
        self.problems.extend(document.place(problem) for problem in problems)

    def error(self, document: Document, code: str, message: str, pointer: str = "", suggestion: str = "") -> None:
        self.add(document, Problem(code, message, pointer, suggestion))

    def warning(self, document: Document, code: str, message: str, pointer: str = "", suggestion: str = "") -> None:
        self.add(document, Problem(code, message, pointer, suggestion, Severity.WARNING))

    def sorted(self) -> list[Problem]:
        """Give each problem once, in the order of files and lines."""
        return sorted(
            dict.fromkeys(self.problems), key=lambda problem: (problem.file, problem.line, problem.column, problem.code)
        )
