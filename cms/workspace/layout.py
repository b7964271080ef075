"""Which file is what: the path of a file decides its kind and its key."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cms.problems import Problem, did_you_mean

FOLDERS = {
    "pages": "page",
    "emails": "email",
    "entries": "entry",
    "experiments": "experiment",
    "rails": "rail",
    "feeds": "feed",
    "personas": "persona",
}
TEMPLATES = ("web.html", "email.mjml", "email.txt", "web.css")
KINDS = ("workspace", "accepted", "facts", "segment", "component", "template", "copy", *FOLDERS.values())
ROOTS = ("components", "segments", "content")

_KEY = re.compile(r"[a-z0-9][a-z0-9-]*")
_COPY_NAME = re.compile(r"[a-z0-9][a-z0-9-]*(\.[A-Za-z0-9][A-Za-z0-9-]*)*\.md")
_DEVICES = frozenset(["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))])


@dataclass(frozen=True, slots=True)
class Identity:
    kind: str
    key: str


_SINGLE = {
    "content/workspace.json": Identity("workspace", "workspace"),
    "content/accepted.json": Identity("accepted", "accepted"),
    "segments/facts.json": Identity("facts", "facts"),
}


def is_hidden(path: str) -> bool:
    """Tell dot files, dot folders and the backups of editors, which are nobody's content."""
    return any(part.startswith(".") or part.endswith("~") for part in path.split("/"))


def identify(path: str) -> Identity | None:
    """Tell kind and key of a path, or nothing for a file that has no business there."""
    if path in _SINGLE:
        return _SINGLE[path]
    match path.split("/"):
        case ["segments", name] if name.endswith(".json"):
            return Identity("segment", name.removesuffix(".json"))
        case ["components", folder, name]:
            return _in_component(folder, name)
        case ["content", "entries", folder, name]:
            return _in_entry(folder, name)
        case ["content", folder, name] if folder in FOLDERS and name.endswith(".json"):
            return Identity(FOLDERS[folder], name.removesuffix(".json"))
    return None


def _in_component(folder: str, name: str) -> Identity | None:
    if name == "model.json":
        return Identity("component", folder)
    return Identity("template", f"{folder}/{name}") if name in TEMPLATES else None


def _in_entry(folder: str, name: str) -> Identity | None:
    if name == "entry.json":
        return Identity("entry", folder)
    return Identity("copy", f"{folder}/{name}") if name.endswith(".md") else None


def check_paths(paths: Iterable[str]) -> Iterator[Problem]:
    """Find files of no kind, bad names, names that differ only in case and entries that stand twice."""
    known = sorted(paths)
    for path in known:
        identity = identify(path)
        yield from _unknown_file(path) if identity is None else _bad_name(path, identity)
    yield from _case_collisions(known)
    yield from _entry_folders(known)


def _unknown_file(path: str) -> Iterator[Problem]:
    if path.endswith((".py", ".pyc")):
        message = "Python has no place in a workspace, which is content and templates only."
        yield _at_top(path, "unknown-file", message, "Move it to a plug-in package.")
    else:
        yield _at_top(path, "unknown-file", "this file is of no known kind and would never be read.", _nearest(path))


def _nearest(path: str) -> str:
    match path.split("/"):
        case ["components", _, name]:
            return did_you_mean(name, ["model.json", *TEMPLATES])
        case ["content", folder, _, *_] if folder not in FOLDERS:
            return did_you_mean(folder, FOLDERS)
        case ["content", "entries", folder, _]:
            return (
                f'The folder of an entry holds "entry.json" and "<variant>.<locale>.md"; see content/entries/{folder}.'
            )
        case ["content", name]:
            return did_you_mean(name, ["workspace.json", "accepted.json"])
        case ["content", folder, *_, name] | [folder, *_, name] if "." in name:
            return f'Did you mean "{name.split(".")[0]}.json", directly in "{folder}"?'
    return "Known folders: " + ", ".join(ROOTS) + "."


def _bad_name(path: str, identity: Identity) -> Iterator[Problem]:
    key, slash, name = identity.key.partition("/")
    if not _KEY.fullmatch(key) or key in _DEVICES:
        message = f"{_shown(key)} cannot be a key: keys are a-z, 0-9 and -, and start with a letter or digit."
        yield _at_top(path, "bad-name", message, _better(key))
    if slash and identity.kind == "copy" and not _COPY_NAME.fullmatch(name):
        message = f"{_shown(name)} cannot be the name of a copy file."
        yield _at_top(path, "bad-name", message, 'Name it "<variant>.<locale>.md", such as "default.en.md".')


def _shown(name: str) -> str:
    return ascii(name[:64]).replace("'", '"')


def _better(key: str) -> str:
    better = re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")
    return f'Rename it to "{better}".' if better and better not in _DEVICES else "Choose another name."


def _case_collisions(paths: Iterable[str]) -> Iterator[Problem]:
    alike = defaultdict(list)
    for path in paths:
        alike[path.casefold()].append(path)
    for first, *others in alike.values():
        for path in others:
            message = f'differs from "{first}" only in upper and lower case: many computers keep only one of them.'
            yield _at_top(path, "case-collision", message, "Rename or remove one.")


def _entry_folders(paths: list[str]) -> Iterator[Problem]:
    present = frozenset(paths)
    for path in paths:
        identity = identify(path)
        if identity is None or identity.kind not in ("entry", "copy") or path.count("/") < 3:
            continue
        folder = path.rpartition("/")[0]
        if identity.kind == "entry" and f"{folder}.json" in present:
            message = f'the entry "{identity.key}" stands twice: here and in {folder}.json.'
            yield _at_top(path, "duplicate-document", message, "Remove or rename one.")
        if identity.kind == "copy" and f"{folder}/entry.json" not in present:
            message = "copy is read only beside the entry.json of its folder, which is missing."
            yield _at_top(path, "unknown-file", message, f"Add {folder}/entry.json.")


def _at_top(path: str, code: str, message: str, suggestion: str) -> Problem:
    return Problem(code, message, suggestion=suggestion, file=path, line=1, column=1)
