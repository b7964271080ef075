"""Every code of a finding has its row in docs/findings.md, with a meaning and a fix; and no row is of none."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from cms.proofs.words import MESSAGES

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs" / "findings.md"
CODE = re.compile(r"[a-z]+(-[a-z]+)+|unused|expectation|over|unsupported")
# Their problems are answers to calls, or lines of a log: what an author never sees.
OTHERS = {"aem", "delivery", "shop", "commerce", "releases", "events", "cli"}
FINDERS = {
    "Problem", "fault", "error", "warning", "report", "give_up",
    "_bad", "_problem", "_at_top", "_refused", "_wrong", "_forbid",
}  # fmt: skip
REFERRED = {f"unknown-{kind}" for kind in ("component", "segment", "entry", "rail")}  # made of the kind
PROVED = {case.partition(" ")[0] for case in MESSAGES}


def _codes_of(node: ast.AST) -> Iterator[str]:
    """Give the code a call names first, those assigned to a `code`, and those a `_code` returns."""
    if isinstance(node, ast.Call) and _name(node.func) in FINDERS:
        yield from list(_words(node.args))[:1]
    elif isinstance(node, ast.Assign):
        if "code" in {name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)}:
            yield from _words([node.value])
    elif isinstance(node, ast.FunctionDef) and node.name == "_code":
        yield from _words([found.value for found in ast.walk(node) if isinstance(found, ast.Return) and found.value])


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _words(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        parts = [node.body, node.orelse] if isinstance(node, ast.IfExp) else getattr(node, "elts", [node])
        yield from (p.value for p in parts if isinstance(p, ast.Constant) and CODE.fullmatch(str(p.value)))


def _codes() -> set[str]:
    sources = [path for path in (ROOT / "cms").rglob("*.py") if path.relative_to(ROOT / "cms").parts[0] not in OTHERS]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sources]
    return {code for tree in trees for node in ast.walk(tree) for code in _codes_of(node)} | REFERRED | PROVED


def _rows() -> list[list[str]]:
    lines = DOCS.read_text(encoding="utf-8").replace("\\|", "/").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]


def test_every_code_has_its_row() -> None:
    assert [] == sorted(_codes() - {row[0].strip("`") for row in _rows()})


def test_every_row_is_a_code_with_a_meaning_and_a_fix() -> None:
    rows = _rows()

    assert [] == sorted({row[0].strip("`") for row in rows} - _codes())
    assert [] == [row for row in rows if len(row) != 3 or not all(cell.endswith((".", "`")) for cell in row)]
    assert len({row[0] for row in rows}) == len(rows)
