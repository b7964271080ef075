"""Unused: documents that no page, mail or feed leads to, be it through others."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from cms.content.context import Compilation
from cms.problems import errors
from cms.workspace.documents import Document

Name = tuple[str, str]  # the kind and key of a document

_ROOTS = frozenset({"page", "email", "feed"})
# What others refer to; one that nothing leads to is never shown. Components are a stock to choose from.
_REFERABLE = ("segment", "entry", "rail")
_HINT = "Use it, or delete the file."


def warn_of_unused(compilation: Compilation) -> None:
    leading = _leading(compilation.references)
    used = _reached(leading, _starts(compilation, leading))
    for kind in _REFERABLE:
        for key, document in compilation.workspace.of_kind(kind).items():
            if (kind, key) not in used:
                compilation.findings.warning(document, "unused", _message(document, leading), "", _HINT)
    for key, document in compilation.workspace.of_kind("experiment").items():
        if ("experiment", key) not in used and _runs(document):
            message = f'The experiment "{key}" runs, but no page and no mail shows its entry.'
            hint = "List its entry in a slot, or end the experiment."
            compilation.findings.warning(document, "unused", message, "/entry", hint)


def _leading(references: Mapping[Name, Iterable[Name]]) -> Mapping[Name, set[Name]]:
    """Say what leads where: a copy file stands for its entry, and an entry leads to its experiments, not they to it."""
    leading: dict[Name, set[Name]] = defaultdict(set)
    for source, targets in references.items():
        owner = ("entry", source[1].partition("/")[0]) if source[0] == "copy" else source
        for target in targets:
            start, end = (target, owner) if (owner[0], target[0]) == ("experiment", "entry") else (owner, target)
            leading[start].add(end)
    return leading


def _starts(compilation: Compilation, leading: Mapping[Name, object]) -> Iterable[Name]:
    """List what is shown or pulled by itself, and what a faulty file mentions: it may be used once that is mended."""
    yield from (name for name in leading if name[0] in _ROOTS)
    faulty = {problem.file for problem in errors(compilation.findings.problems)}
    raw = b"\n".join(raw for path, raw in compilation.workspace.files.items() if path in faulty)
    for kind in (*_REFERABLE, "experiment") if raw else ():
        yield from ((kind, key) for key in compilation.workspace.of_kind(kind) if key.encode() in raw)


def _reached(leading: Mapping[Name, Iterable[Name]], starts: Iterable[Name]) -> set[Name]:
    reached: set[Name] = set()
    waiting = [*starts]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += leading.get(name, ())
    return reached


def _message(document: Document, leading: Mapping[Name, Iterable[Name]]) -> str:
    name = (document.kind, document.key)
    by = sorted(source for source, targets in leading.items() if name in targets and source != name)
    if not by:
        return f'Nothing refers to the {document.kind} "{document.key}".'
    named = ", ".join(f'the {kind} "{key}"' for kind, key in by)
    verb, too = ("refers", "that is") if len(by) == 1 else ("refer", "those are")
    return f'Only {named} {verb} to the {document.kind} "{document.key}", and {too} unused too.'


def _runs(document: Document) -> bool:
    return isinstance(document.data, Mapping) and document.data.get("state") == "running"
