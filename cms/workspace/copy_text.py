"""Copy files as text: fields in the YAML that people write, rich text below; and what else such a file may hold."""

import re
from collections.abc import Iterator, Mapping

import yaml

from cms.workspace.formatting import spelled

# Stands between the fields where the body belongs, where that is not where its model has it.
BODY_HERE = "# body: the text below"
_PLAIN_KEY = re.compile(r"[a-z][a-z0-9_]*")
_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*$", re.DOTALL | re.MULTILINE)


def copy_text(fields: Mapping[str, object], body: str, body_at: int | None = None) -> str:
    """Write a copy file.

    Args:
        fields: What stands in the front matter, which is left out where there is nothing to say in it.
        body: The text below.
        body_at: Before which of the fields a note says that the body belongs; None: no note.
    """
    if not fields and body and not body.startswith("---"):
        return f"{body}\n"
    blocks = [list(_field(name, value, 0)) for name, value in fields.items()]
    if body_at is not None:
        blocks.insert(body_at, [BODY_HERE])
    lines = ["---", *(line for block in blocks for line in block), "---", *([body] if body else [])]
    return "\n".join(lines) + "\n"


def _field(name: str, value: object, indent: int) -> Iterator[str]:
    label = " " * indent + (name if _PLAIN_KEY.fullmatch(name) else spelled(name)) + ":"
    if isinstance(value, Mapping) and value:
        yield label
        for key, part in value.items():
            yield from _field(key, part, indent + 2)
    elif isinstance(value, list) and value:
        yield label
        for item in value:
            yield from _item(item, indent + 2)
    else:
        yield f"{label} {spelled(value)}"


def _item(value: object, indent: int) -> Iterator[str]:
    dash = " " * indent + "- "
    if isinstance(value, Mapping) and value:
        first, *rest = (line for key, part in value.items() for line in _field(key, part, indent + 2))
        yield from (dash + first.lstrip(), *rest)
    else:
        yield dash + spelled(value)


def body_place(text: str) -> int | None:
    """Tell before which field the note of `copy_text` stands; None: there is no such note."""
    lines = _front_matter(text).splitlines()
    if BODY_HERE not in lines:
        return None
    return sum(line[:1] not in {"", " ", "#"} for line in lines[: lines.index(BODY_HERE)])


def has_comments(text: str) -> bool:
    """Tell whether the front matter, which must be readable, holds comments of its author."""
    source, end = _front_matter(text).replace(BODY_HERE, ""), 0
    for token in yaml.scan(source, Loader=yaml.SafeLoader):
        is_block = isinstance(token, yaml.ScalarToken) and token.style in ("|", ">")  # its first line may have one
        header = source[token.start_mark.index :].partition("\n")[0] if is_block else ""
        if "#" in source[end : token.start_mark.index] + header:
            return True
        end = max(end, token.end_mark.index)
    return "#" in source[end:]


def _front_matter(text: str) -> str:
    found = _FRONT_MATTER.match(text)
    return found[1] if found else ""
