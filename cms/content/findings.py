"""Findings: problems of the kinds, placed in the files they stand in."""

from collections.abc import Iterable

from cms.problems import Problem, Severity
from cms.workspace.documents import Document


class Findings:
    """Collects problems; each is placed by its document as it comes in.

    What reading found at a place is the cause of whatever else is found there, which is therefore left out.
    """

    def __init__(self, read: Iterable[Problem] = ()) -> None:
        self.problems = list(read)
        self._misread = {(problem.file, problem.line, problem.column) for problem in self.problems}

    def add(self, document: Document, *problems: Problem) -> None:
        placed = (document.place(problem) for problem in problems)
        self.problems.extend(
            problem for problem in placed if (problem.file, problem.line, problem.column) not in self._misread
        )

    def error(self, document: Document, code: str, message: str, pointer: str = "", suggestion: str = "") -> None:
        self.add(document, Problem(code, message, pointer, suggestion))

    def warning(self, document: Document, code: str, message: str, pointer: str = "", suggestion: str = "") -> None:
        self.add(document, Problem(code, message, pointer, suggestion, Severity.WARNING))

    def sorted(self) -> list[Problem]:
        """Give each problem once, in the order of files and lines."""
        return sorted(
            dict.fromkeys(self.problems), key=lambda problem: (problem.file, problem.line, problem.column, problem.code)
        )
