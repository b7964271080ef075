"""Templates: a plain start for the web, made from a component's fields, for a developer to go on with."""

from collections.abc import Iterator, Mapping
from typing import Any

Json = Any
_PICTURE = '{% from "parts.html" import picture with context %}\n'


def web_template(key: str, fields: Mapping[str, Json]) -> str:
    """Show every field that is there, in the model's order; the first text is the headline."""
    headline = next((name for name, part in fields.items() if part["type"] == "text"), "")
    lines = [
        line for name, part in fields.items() for line in _lines(f"content.{name}", part, is_headline=headline == name)
    ]
    has_pictures = any("picture(" in line for line in lines)
    body = "\n".join(f"  {line}" for line in lines)
    return (
        f'{_PICTURE if has_pictures else ""}<section class="cms cms-{key}" {{{{ attributes }}}}>\n{body}\n</section>\n'
    )


def _lines(path: str, part: Json, *, is_headline: bool = False) -> Iterator[str]:
    yield f"{{% if {path} is not none %}}"
    if part["type"] == "group":
        for name, inner in part["fields"].items():
            yield from (f"  {line}" for line in _lines(f"{path}.{name}", inner))
    elif part["type"] == "list":
        yield f"{{% for {_item(path)} in {path} %}}"
        yield from (f"  {line}" for line in _lines(_item(path), part["of"]))
        yield "{% endfor %}"
    else:
        yield _single(path, part["type"], is_headline=is_headline)
    yield "{% endif %}"


def _item(path: str) -> str:
    return f"{path.replace('.', '_')}_item"


def _single(path: str, kind: str, *, is_headline: bool) -> str:
    if is_headline:
        return f"<h2>{{{{ {path} }}}}</h2>"
    written = {
        "markdown": f'<div class="cms-prose">{{{{ {path} }}}}</div>',
        "image": f'<div>{{{{ picture({path}, "100vw") }}}}</div>',
        "link": f'<p><a href="{{{{ {path} }}}}">{{{{ {path} }}}}</a></p>',
        "datetime": f'<p><time datetime="{{{{ {path}.at }}}}">{{{{ {path}.text }}}}</time></p>',
    }
    return written.get(kind, f"<p>{{{{ {path} }}}}</p>")
