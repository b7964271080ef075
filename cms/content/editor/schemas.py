"""One JSON Schema (draft-07) for each kind of authored JSON, with the names of one workspace."""

from collections.abc import Iterator, Mapping

from cms.content.editor.bodies import body_definitions, body_of
from cms.content.editor.conditions import Facts
from cms.content.editor.known import Known, known_of
from cms.content.editor.models import model_schema
from cms.content.editor.rules import WRITTEN_FACT, component_keys, rules_of
from cms.content.editor.shapes import schema_of
from cms.content.editor.values import Schema, described, name_pattern, one_of, ref
from cms.content.fields import Strict
from cms.content.schemas import SHAPES, EntryShape, FactShape, FolderEntryShape, PersonaShape
from cms.facts.builtin import BUILTIN_FACTS
from cms.facts.declarations import Fact, FactType
from cms.workspace.documents import Workspace

DRAFT = "http://json-schema.org/draft-07/schema#"
# Kind → the files it is for, as editors match them; ! leaves files out.
FILES: Mapping[str, tuple[str, ...]] = {
    "workspace": ("/content/workspace.json",),
    "accepted": ("/content/accepted.json",),
    "facts": ("/segments/facts.json",),
    "segment": ("/segments/*.json", "!/segments/facts.json"),
    "component": ("/components/*/model.json",),
    "page": ("/content/pages/*.json",),
    "email": ("/content/emails/*.json",),
    "entry": ("/content/entries/*.json",),
    "folder-entry": ("/content/entries/*/entry.json",),
    "experiment": ("/content/experiments/*.json",),
    "rail": ("/content/rails/*.json",),
    "feed": ("/content/feeds/*.json",),
    "persona": ("/content/personas/*.json",),
}


def editor_schemas(workspace: Workspace) -> dict[str, Schema]:
    """Make the schema of every kind; a workspace with errors will do, as files are while they are edited."""
    return _Making(known_of(workspace)).schemas()


class _Making:
    """Makes the schemas of one workspace; what several parts refer to is defined once."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.facts = Facts(known.facts, tuple(known.entries), known.members)
        self.rules = rules_of(known, self.facts)
        segments = one_of(known.segments, known.titles)
        self.definitions = {
            "segment-key": segments,
            "condition": self.facts.condition(ref("segment-key")),
            **self.facts.definitions,
            **body_definitions(known.facts.facts, known.entries, known.rails),
            **{f"body-{key}": body_of(model) for key, model in known.components.items() if model is not None},
            "copy-file": _copy_file(),
        }

    def schemas(self) -> dict[str, Schema]:
        made: dict[str, Schema] = {
            "component": model_schema(),
            "facts": self._facts(),
            "entry": self._entry(EntryShape, in_folder=False),
            "folder-entry": self._entry(FolderEntryShape, in_folder=True),
            "experiment": self._experiment(),
            "persona": schema_of(PersonaShape, self.rules),
            "page": self._with_slots(SHAPES["page"], {"web", "app"}),
            "email": self._with_slots(SHAPES["email"], {"email"}),
        }
        made |= {kind: self._plain(kind) for kind in FILES if kind not in made}
        return {kind: self._closed(kind, made[kind]) for kind in FILES}

    def _plain(self, kind: str) -> Schema:
        return schema_of(SHAPES[kind], self.rules)

    def _closed(self, kind: str, schema: Schema) -> Schema:
        """Add the definitions that a schema refers to, and those that these refer to."""
        needed: dict[str, Schema] = dict(schema.get("definitions", {}))
        waiting = list(_references([schema]))
        while waiting:
            name = waiting.pop()
            if name not in needed:
                needed[name] = self.definitions[name]
                waiting += _references([needed[name]])
        title = {"$schema": DRAFT, "title": f"Vitrine {kind}"}
        return title | schema | ({"definitions": dict(sorted(needed.items()))} if needed else {})

    def _with_slots(self, shape: type[Strict], channels: set[str]) -> Schema:
        accepted = {("SlotShape", "accepts"): {"items": one_of(component_keys(self.known, channels))}}
        return schema_of(shape, {**self.rules, **accepted})

    def _entry(self, shape: type[Strict], *, in_folder: bool) -> Schema:
        """Take an entry, the copy of its variants as its component wants it."""
        models = [key for key, model in self.known.components.items() if model is not None]
        return schema_of(shape, self.rules) | _all([_copy_of(key, in_folder=in_folder) for key in models])

    def _experiment(self) -> Schema:
        """Take an experiment, its arms showing variants of its entry."""
        rules = [
            _if("entry", entry, {"arms": {"items": {"properties": {"variant": one_of(variants)}}}})
            for entry, variants in self.known.entries.items()
            if variants
        ]
        return self._plain("experiment") | _all(rules)

    def _facts(self) -> Schema:
        """Take the facts of the shop: its own, and choices of built-in ones that have none."""
        shape = schema_of(FactShape, self.rules)
        own = {**shape, "required": ["type"], "allOf": [_if("type", FactType.ENUM, {}, required=["of"])]}
        builtin = BUILTIN_FACTS.facts
        return {
            "type": "object",
            "propertyNames": {"pattern": WRITTEN_FACT},
            "properties": {fact.stem: _choices_of(fact, shape) for fact in builtin if not fact.parameters},
            "patternProperties": {f"^{name_pattern(fact, ['.*'])}$": False for fact in builtin if fact.parameters},
            "additionalProperties": own,
        }


def _choices_of(fact: Fact, shape: Schema) -> Schema | bool:
    if fact.type is not FactType.ENUM:
        return False
    is_settled = bool(fact.of) or fact.stem in {"locale", "currency", "channel"}
    open_keys = {name: part for name, part in shape["properties"].items() if name != "of" or not is_settled}
    return described(fact, {**shape, "properties": open_keys})


def _all(rules: list[Schema]) -> Schema:
    return {"allOf": rules} if rules else {}  # an empty list is no schema


def _if(key: str, value: str, then: Schema, *, required: list[str] | None = None) -> Schema:
    needed = {"required": required} if required else {}
    return {
        "if": {"properties": {key: {"const": value}}, "required": [key]},
        "then": {"properties": then} | needed,
    }


def _copy_of(component: str, *, in_folder: bool) -> Schema:
    body = ref(f"body-{component}")
    named = {"if": {"required": ["file"], "maxProperties": 1}, "then": ref("copy-file"), "else": body}
    copy = {"additionalProperties": named if in_folder else body}
    return _if("component", component, {"variants": {"items": {"properties": {"content": copy}}}})


def _copy_file() -> Schema:
    return {
        "type": "object",
        "properties": {"file": {"type": "string", "description": "A Markdown file beside this one"}},
        "additionalProperties": False,
    }


def _references(parts: list[object]) -> Iterator[str]:
    for part in parts:
        match part:
            case {"$ref": str(target)}:
                yield target.rpartition("/")[2]
            case dict():
                yield from _references(list(part.values()))
            case list():
                yield from _references(part)
