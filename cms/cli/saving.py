"""Saving the visitors of findings as personas, to look at them and to keep them."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from cms.content.snapshot import Snapshot
from cms.problems import Problem
from cms.workspace.formatting import json_bytes

_TITLE = "Found by cms check: "  # a file whose title begins otherwise is somebody's own
_LONGEST = 100


def save_personas(problems: Iterable[Problem], folder: Path, root: Path, snapshot: Snapshot) -> None:
    """Write a persona for each finding with a visitor; a file that this did not write stays as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    is_authored = folder.resolve() == personas_folder(root)
    saved: set[str] = set()
    for problem in (found for found in problems if found.visitor is not None):
        key = _key(problem, saved)
        saved.add(key)
        path = folder / f"{key}.json"
        if not _is_ours(path):
            click.echo(f"Left alone: {path} is somebody's own.", err=True)
            continue
        path.write_bytes(json_bytes(_body(problem)))
        place = _surface(problem, snapshot)
        hint = f"cms preview {place} --persona {key}" if is_authored else "to preview it, save to content/personas"
        click.echo(f"Saved {path}: {hint}", err=True)
    if not saved:
        click.echo("No finding has a visitor to save.", err=True)


def personas_folder(root: Path) -> Path:
    """Name the folder whose personas other commands find."""
    return (root / "content" / "personas").resolve()


def _key(problem: Problem, taken: Iterable[str]) -> str:
    key = re.sub(r"[^a-z0-9]+", "-", f"{problem.code}-{problem.about}".lower()).strip("-")
    return f"{key[:_LONGEST]}-{problem.id}" if key in taken or len(key) > _LONGEST else key


def _is_ours(path: Path) -> bool:
    """Tell whether a file may be written: it is not there, or was written by this before and made no test since."""
    try:
        body = json.loads(path.read_bytes())
    except FileNotFoundError:
        return True
    except ValueError:
        return False
    return isinstance(body, dict) and str(body.get("title")).startswith(_TITLE) and "expect" not in body


def _body(problem: Problem) -> Mapping[str, object]:
    title = {"title": f"{_TITLE}{problem.code}, {problem.about}"}
    return title | dict(problem.visitor or {}) | title


def _surface(problem: Problem, snapshot: Snapshot) -> str:
    """Find the page or mail to look at; a rule that stands nowhere can be looked at on any."""
    place = problem.place or problem.subject
    return next((surface for surface in snapshot.surfaces if place.startswith(f"{surface}/")), "PAGE")
