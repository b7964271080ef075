"""Schemas for editors say what the checker says: they take what it takes, and refuse names that are not there."""

import copy
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from marshmallow import Schema, fields

from cms.components.model import FIELD_KEYS, MODEL_KEYS, FieldType
from cms.content import schemas as shapes
from cms.content.compiling import compile_workspace
from cms.content.editor.bodies import FIELDS
from cms.content.editor.conditions import OPERAND, Facts
from cms.content.editor.known import known_of
from cms.content.editor.models import _FIELD, _MODEL
from cms.content.editor.rules import rules_of
from cms.content.editor.schemas import FILES, editor_schemas
from cms.content.requests import LineShape
from cms.problems import Problem, errors
from cms.runtime.verification import verify
from cms.segments.operands import OPERANDS
from cms.workspace import read_folder, read_workspace
from cms.workspace.layout import KINDS

TESTS = Path(__file__).parents[1]
NOW = datetime(2026, 12, 2, 15, tzinfo=UTC)
KIT = {
    "text": {"type": "text", "max_length": 20, "required": True},
    "markdown": {"type": "markdown", "max_length": 40},
    "choice": {"type": "choice", "of": ["info", "urgent"], "default": "info"},
    "bool": {"type": "bool"},
    "int": {"type": "int"},
    "decimal": {"type": "decimal"},
    "percent": {"type": "percent"},
    "money": {"type": "money"},
    "link": {"type": "link"},
    "image": {"type": "image"},
    "product": {"type": "product"},
    "products": {"type": "products", "max_items": 2},
    "category": {"type": "category"},
    "datetime": {"type": "datetime"},
    "color": {"type": "color"},
    "rail": {"type": "rail"},
    "group": {"type": "group", "fields": {"label": {"type": "text", "required": True}, "href": {"type": "link"}}},
    "list": {"type": "list", "max_items": 3, "of": {"type": "group", "fields": {"text": {"type": "text"}}}},
}
BODY = {
    "text": "Add {cart.gap[free-shipping]|money} 🦊",
    "markdown": 'A {{brace, {cart.count|plural one="# item" other="# items"}\nand *more*',
    "choice": "urgent",
    "bool": True,
    "int": 3,
    "decimal": "{cart.count}",
    "percent": 12.5,
    "money": {"amount": "1.00", "currency": "USD"},
    "link": "/a?b=c#d",
    "image": {"src": "/fern.jpg", "alt": "A fern of {now.weekday}", "width": 10},
    "product": "Fern 1",
    "products": ["fern", "moss"],
    "category": "plants",
    "datetime": "2026-12-01T00:00+08:00",
    "color": "#0a7",
    "rail": "best",
    "group": {"label": "Go", "href": "mailto:a@example.org"},
    "list": [{"text": "one"}, {}],
}  # fmt: skip
WORLD: dict[str, Any] = {
    "content/workspace.json": {
        "default_locale": "en",
        "locales": {"en": [], "zh-Hant": ["en"]},
        "default_market": "us",
        "markets": {"us": {"currency": "USD", "time_zone": "America/New_York"}},
        "link_hosts": ["example.org"],
        "holdout": 2.5,
        "budgets": {"signals_ms": 80, "pressure": {"max": 10, "every": "P14D", "weights": {"email": 2}}},
    },
    "segments/facts.json": {
        "rfm.class": {"of": ["lost", "loyal"], "title": {"en": "class"}},
        "plant.light": {"type": "enum", "of": ["low", "bright"], "ordered": True, "max_age": "P30D"},
        "plant.care[sku]": {"type": "number", "absent": "0", "minimum": 0, "maximum": 9},
        "plant.wait": {"type": "duration"},
    },
    "segments/new.json": {"title": "New here", "when": {"visitor.is_new": True, "visitor.device": ["mobile", "app"]}},
    "segments/many.json": {
        "when": {
            "any": [
                {"cart.subtotal": {"at_least": {"percent": 80, "of": "shop.free_shipping_threshold"}, "less_than": "9"}},
                {"all": [{"cart.skus": {"has_any": ["fern"], "count": {"at_least": 2}}}, {"cart.count": {"between": [1, 3]}}]},
                {"not": {"segment": "new"}, "bought[fern]": {"days_ago_at_least": 3, "since": "orders.last"}},
                {"dismissed[hello]": {"before": "2026-12-01"}, "rfm.class": {"at_least": "loyal"}},
                {"plant.care[fern]": 3, "plant.wait": {"more_than": "P2D"}, "source.campaign": {"starts_with": "x"}},
                {"cart.max_item_price": {"amount": "5.00", "currency": "USD"}, "orders.last": {"known": False}},
            ]
        }
    },
    "components/kit/model.json": {
        "title": "Kit", "channels": ["web", "app", "email"], "display": "inline", "dismissible": True,
        "stages": {"never": ["payment"]}, "fields": KIT, "sample": {"text": "Hi"},
    },
    "components/poster/model.json": {"channels": ["web"], "fields": {"body": {"type": "markdown", "required": True}}},
    "content/rails/best.json": {
        "strategy": "best-sellers", "limit": 4, "min_items": 1, "fallback": ["related"], "pinned": ["fern"],
        "filters": {
            "not_bought_within": "P30D", "max_price_ratio": {"of": "cart.subtotal", "ratio": "1/8"},
            "min_price_ratio": {"of": "product.price", "ratio": "1.05"},
        },
    },
    "content/entries/hello.json": {
        "title": "Hello", "component": "kit", "owner": "growth", "audience": {"segment": "many"}, "dismiss_for": "P3D",
        "offer": {"kind": "x", "sale": "upsell", "exclusive": {"group": "g", "within": "session"},
                  "claims": {"discount": {"fern": 10}, "threshold": {"f": "75.00"}}},
        "schedule": {"from": "2026-12-01T00:00+08:00", "until": "2027-12-26T00:00Z"},
        "cap": [{"per": "visitor", "max": 3, "every": "P7D"}],
        "variants": [
            {"key": "all", "when": {"segment": "new"}, "promise": {"promotion": "f", "price": {"fern": "1.00"}},
             "content": {"en": BODY, "zh-Hant": {"text": "再買"}}},
            {"key": "red", "content": {"en": {"text": "Red"}}},
            {"key": "default", "claims": {"push": ["fern"]}, "content": {"en": {"text": "Hi"}}},
        ],
    },
    "content/entries/care/entry.json": {
        "component": "poster",
        "variants": [
            {"key": "a", "when": {"visitor.is_new": True}, "content": {"en": {"file": "words.md"}}},
            {"key": "b", "when": {"visitor.visits": {"at_least": 2}}, "content": {"en": {"body": "Water."}}},
            {"key": "default"},
        ],
    },
    "content/pages/home.json": {
        "title": "Home", "route": "/", "stage": "landing", "max_offers": 2,
        "slots": {
            "top": {"accepts": ["kit", "poster"], "entries": ["hello", "care"], "count": 1, "audience": {"segment": "new"}},
            "end": {"accepts": ["poster"], "entries": ["care"], "may_be_empty": True},
        },
    },
    "content/emails/letter.json": {
        "subject": {"en": ["Hello {customer.company}", "Hello"], "zh-Hant": "你好"}, "preheader": {"en": "Hi"},
        "slots": {"top": {"accepts": ["kit"], "entries": ["hello"], "may_be_empty": True}},
    },
    "content/experiments/color.json": {
        "entry": "hello", "audience": {"segment": "new"}, "unit": "customer", "traffic": 50, "layer": "l",
        "layer_buckets": [0, 99], "metrics": ["aov"], "primary": "aov", "state": "running",
        "arms": [
            {"key": "control", "variant": "all", "buckets": [0, 4999]},
            {"key": "red", "variant": "red", "buckets": [5000, 9999]},
        ],
    },
    "content/feeds/mail.json": {"component": "kit", "locales": ["en"], "segments": ["new"]},
    "content/personas/ann.json": {
        "title": "Ann",
        "request": {
            "visitor": "ann", "locale": "fr", "format": "json",
            "facts": {"visitor.is_new": True, "visitor.visits": 1, "source.kind": None, "session.seconds_in[pots]": 3},
            "cart": {"lines": [{"sku": "fern", "quantity": 1, "unit_price": "3.00"}]},
        },
        "facts": {"cart.subtotal": "10.00", "cart.gap[f]": "5.00", "orders.last": "never", "crm.tags": ["a"], "clv": None},
        "now": "2026-12-02T10:00:00+08:00",
        "expect": {"pages/home/end": "care:a", "home/top": "care"},
    },
}  # fmt: skip
COPY = {"content/entries/care/words.md": b"Water it.\n", "content/entries/care/default.en.md": b"Light.\n"}


def _files(changed: dict[str, Any] | None = None) -> dict[str, bytes]:
    return {path: json.dumps(data).encode() for path, data in {**WORLD, **(changed or {})}.items()} | COPY


def _kind(path: str) -> str:
    """Pick the schema as an editor does: by the patterns of files."""
    fitting = [kind for kind, patterns in FILES.items() if _matches(path, patterns)]
    (kind,) = fitting
    return kind


def _matches(path: str, patterns: tuple[str, ...]) -> bool:
    found = False
    for pattern in patterns:
        parts, wanted = path.split("/"), pattern.lstrip("!").removeprefix("/").split("/")
        fits = len(parts) == len(wanted) and all(
            Path(part).match(star) for part, star in zip(parts, wanted, strict=True)
        )
        found = not pattern.startswith("!") if fits else found
    return found


def _faults(files: dict[str, bytes], path: str) -> list[str]:
    schema = editor_schemas(read_workspace(files))[_kind(path)]
    return [error.json_path for error in Draft7Validator(schema).iter_errors(json.loads(files[path]))]


def _refusals(files: dict[str, bytes], path: str) -> list[Problem]:
    """Give the checker's errors of a file; templates are not its subject here."""
    return [problem for problem in errors(verify(files, now=NOW).problems) if problem.file == path]


def test_the_schemas_are_schemas_of_every_kind_of_authored_json() -> None:
    made = editor_schemas(read_workspace(_files()))

    for schema in made.values():
        Draft7Validator.check_schema(schema)
        assert "http://json-schema.org/draft-07/schema#" == schema["$schema"]
    assert {*KINDS} - {"template", "copy"} | {"folder-entry"} == set(made)


def test_the_small_world_is_valid_and_uses_every_type_and_operator() -> None:
    snapshot, problems = compile_workspace(read_workspace(_files()))

    assert [] == errors(problems)
    assert snapshot is not None
    assert set(FieldType) == set(KIT) == set(BODY)


def _roots() -> list[Path]:
    return [
        TESTS.parent,
        *(path for path in sorted((TESTS / "workspaces").iterdir()) if path.name != "twenty-mistakes"),
    ]


@pytest.mark.parametrize("root", _roots(), ids=lambda root: root.name)
def test_every_valid_file_validates(root: Path) -> None:
    shipped = {path: raw for path, raw in read_folder(TESTS.parent).items() if path.startswith("components/")}
    files = {**(shipped if root.name == "corner" else {}), **read_folder(root)}
    made = editor_schemas(read_workspace(files))
    paths = [path for path in files if path.endswith(".json")]

    faults = [
        (path, error.json_path, error.message[:100])
        for path in paths
        for error in Draft7Validator(made[_kind(path)]).iter_errors(json.loads(files[path]))
    ]

    assert [] == faults
    assert len(paths) >= 4


def test_every_file_of_the_small_world_validates() -> None:
    assert {path: [] for path in WORLD} == {path: _faults(_files(), path) for path in WORLD}


MISTAKES: list[tuple[str, str, Any]] = [
    ("segments/new.json", "when/visitor.devise", "mobile"),
    ("segments/new.json", "when/visitor.device", "mobil"),
    ("segments/new.json", "when/visitor.device", ["mobile", "mobil"]),
    ("segments/new.json", "when/visitor.is_new", {"at_least": True}),
    ("segments/new.json", "when/visitor.is_new", {"equals": True}),
    ("segments/new.json", "when/visitor.is_new", "yes"),
    ("segments/new.json", "when/visitor.visits", {"between": [1]}),
    ("segments/new.json", "when/rfm.class", {"at_least": "champion"}),
    ("segments/new.json", "when/source.kind", {"at_least": "paid"}),
    ("segments/new.json", "when/cart.skus", ["fern"]),
    ("segments/new.json", "when/cart.skus", {"has_any": []}),
    ("segments/new.json", "when/cart.skus", {"count": {"atleast": 2}}),
    ("segments/new.json", "when/cart.gap[]", "1.00"),
    ("segments/new.json", "when/cart.gap", "1.00"),
    ("segments/new.json", "when/cart.gap[x]", 1),
    ("segments/new.json", "when/cart.subtotal", {"at_least": {"percent": 80, "of": "shop.promotions"}}),
    ("segments/new.json", "when/cart.subtotal", {"at_least": {"percent": 80}}),
    ("segments/new.json", "when/bought[x]", {"since": "orders.lst"}),
    ("segments/new.json", "when/bought[x]", {"days_ago_at_least": "3"}),
    ("segments/new.json", "when/dismissed[helo]", {"ever": True}),
    ("segments/new.json", "when/segment", "mny"),
    ("segments/new.json", "when/not", {"segment": "mny"}),
    ("segments/new.json", "when/any", []),
    ("segments/new.json", "when", {}),
    ("segments/new.json", "wen", {"visitor.is_new": True}),
    ("segments/facts.json", "visitor.is_new", {"type": "bool"}),
    ("segments/facts.json", "bought[sku]", {"type": "date"}),
    ("segments/facts.json", "visitor.device", {"of": ["x"]}),
    ("segments/facts.json", "plant.new", {"of": ["x"]}),
    ("segments/facts.json", "plant.new", {"type": "enum"}),
    ("segments/facts.json", "plant.new", {}),
    ("segments/facts.json", "plant.new", {"type": "numbr"}),
    ("segments/facts.json", "Plant", {"type": "number"}),
    ("components/kit/model.json", "fields/text/max_lenght", 3),
    ("components/kit/model.json", "fields/text/type", "txt"),
    ("components/kit/model.json", "fields/text/of", ["a"]),
    ("components/kit/model.json", "fields/list/of/typ", "text"),
    ("components/kit/model.json", "fields/choice", {"type": "choice"}),
    ("components/kit/model.json", "fields/Text", {"type": "text"}),
    ("components/kit/model.json", "display", "popup"),
    ("components/kit/model.json", "stages/never/0", "paymnt"),
    ("content/workspace.json", "locals", {}),
    ("content/workspace.json", "markets/us/currency", "dollars"),
    ("content/workspace.json", "holdout", 101),
    ("content/rails/best.json", "strategy", "best"),
    ("content/rails/best.json", "limit", "4"),
    ("content/rails/best.json", "filters/max_price_ratio/of", "cart.count"),
    ("content/rails/best.json", "filters/min_price_ratio/ratio", 1.5),
    ("content/rails/best.json", "filters/not_bought_within", "30 days"),
    ("content/entries/hello.json", "component", "kitt"),
    ("content/entries/hello.json", "audience/segment", "mny"),
    ("content/entries/hello.json", "offer/sale", "upsale"),
    ("content/entries/hello.json", "offer/claims/discount/fern", 200),
    ("content/entries/hello.json", "offer/claims/treshold", {}),
    ("content/entries/hello.json", "schedule/from", "2026-12-01"),
    ("content/entries/hello.json", "cap/0/every", "week"),
    ("content/entries/hello.json", "offer/exclusive", "No Key"),
    ("content/entries/hello.json", "offer/exclusive", {"within": "page"}),
    ("content/entries/hello.json", "offer/exclusive/within", "day"),
    ("content/workspace.json", "budgets/pressure", {"every": "P7D"}),
    ("content/workspace.json", "budgets/pressure/weights", {"mail": 1}),
    ("content/workspace.json", "budgets/pressure/every", "week"),
    ("content/entries/hello.json", "variants/0/when/segment", "nwe"),
    ("content/entries/hello.json", "variants/0/promise/price/fern", 1),
    ("content/entries/hello.json", "variants/0/key", "All"),
    ("content/entries/hello.json", "variants/0/content/de", {"text": "Hallo"}),
    ("content/entries/hello.json", "variants/0/content/en", {"file": "words.md"}),
    ("content/entries/hello.json", "variants/2/content", {}),
    ("content/entries/hello.json", "variants/0/content/en/txt", "x"),
    ("content/entries/hello.json", "variants/0/content/en/text", "  "),
    ("content/entries/hello.json", "variants/0/content/en/text", "x" * 21),
    ("content/entries/hello.json", "variants/0/content/en/text", "{cart.totl}"),
    ("content/entries/hello.json", "variants/0/content/en/text", "{cart.count"),
    ("content/entries/hello.json", "variants/0/content/en/text", "{dismissed[helo]|date}"),
    ("content/entries/hello.json", "variants/0/content/en/choice", "warn"),
    ("content/entries/hello.json", "variants/0/content/en/bool", "true"),
    ("content/entries/hello.json", "variants/0/content/en/int", 1.5),
    ("content/entries/hello.json", "variants/0/content/en/decimal", "{cart.subtotal}"),
    ("content/entries/hello.json", "variants/0/content/en/percent", 101),
    ("content/entries/hello.json", "variants/0/content/en/money", "1,00"),
    ("content/entries/hello.json", "variants/0/content/en/money", "{cart.count}"),
    ("content/entries/hello.json", "variants/0/content/en/link", "cart"),
    ("content/entries/hello.json", "variants/0/content/en/image", {"src": "/a.jpg"}),
    ("content/entries/hello.json", "variants/0/content/en/product", " fern"),
    ("content/entries/hello.json", "variants/0/content/en/products", ["a", "b", "c"]),
    ("content/entries/hello.json", "variants/0/content/en/category", "Plants"),
    ("content/entries/hello.json", "variants/0/content/en/datetime", "2026-12-01"),
    ("content/entries/hello.json", "variants/0/content/en/color", "red"),
    ("content/entries/hello.json", "variants/0/content/en/rail", "bets"),
    ("content/entries/hello.json", "variants/0/content/en/group", {"href": "/"}),
    ("content/entries/hello.json", "variants/0/content/en/list/0/txt", "x"),
    ("content/entries/care/entry.json", "variants/1/content/en/file", "words.md"),
    ("content/entries/care/entry.json", "variants/1/content/en", {}),
    ("content/pages/home.json", "stage", "landng"),
    ("content/pages/home.json", "route", "home"),
    ("content/pages/home.json", "slots/top/entries/0", "helo"),
    ("content/pages/home.json", "slots/top/accepts/0", "kitt"),
    ("content/pages/home.json", "slots/Top", {"accepts": ["kit"], "entries": ["hello"]}),
    ("content/pages/home.json", "slots/top/audience", {"segment": "nwe"}),
    ("content/emails/letter.json", "slots/top/accepts/0", "poster"),
    ("content/emails/letter.json", "subject", {"zh-Hant": "你好"}),
    ("content/emails/letter.json", "subject/de", "Hallo"),
    ("content/emails/letter.json", "subject/en/0", "Hello {customer.compny}"),
    ("content/experiments/color.json", "entry", "helo"),
    ("content/experiments/color.json", "arms/1/variant", "rad"),
    ("content/experiments/color.json", "arms/1/buckets", [5000]),
    ("content/experiments/color.json", "audience/segment", "nwe"),
    ("content/experiments/color.json", "traffic", 101),
    ("content/feeds/mail.json", "component", "kitt"),
    ("content/feeds/mail.json", "segments/0", "nwe"),
    ("content/feeds/mail.json", "locales/0", "fr"),
    ("content/personas/ann.json", "request/facts/cart.count", 1),
    ("content/personas/ann.json", "request/facts/visitor.visits", "1"),
    ("content/personas/ann.json", "request/cart/lines/0/quantity", 0),
    ("content/personas/ann.json", "request/cart/lines/0/unit_price", 3),
    ("content/personas/ann.json", "facts/page.stage", "cart"),
    ("content/personas/ann.json", "facts/cart.subtotl", "1.00"),
    ("content/personas/ann.json", "now", "yesterday"),
    ("content/personas/ann.json", "expect/home/topp", "none"),
    ("content/personas/ann.json", "expect/home/end", "care:c"),
]


def _changed(path: str, place: str, value: Any) -> dict[str, bytes]:
    data = copy.deepcopy(WORLD[path])
    keys = place.split("/")
    keys = [*keys[:1], "/".join(keys[1:])] if keys[0] == "expect" else keys
    holder = data
    for key in keys[:-1]:
        holder = holder[int(key) if isinstance(holder, list) else key]
    holder[int(keys[-1]) if isinstance(holder, list) else keys[-1]] = value
    return _files({path: data})


@pytest.mark.parametrize(("path", "place", "value"), MISTAKES)
def test_a_mistake_is_refused_by_the_schema_as_by_the_checker(path: str, place: str, value: Any) -> None:
    files = _changed(path, place, value)

    assert _refusals(files, path)
    assert _faults(files, path)


@pytest.mark.parametrize("request_", [{"facts": None}, {"cart": None}, {"cart": {"lines": None}}, {"locale": None}])
def test_what_a_caller_may_leave_null_a_persona_may(request_: dict[str, Any]) -> None:
    path = "content/personas/ann.json"
    files = _files({path: {"request": request_}})

    assert ([], []) == (_refusals(files, path), _faults(files, path))


@pytest.mark.parametrize("exclusive", ["g", {"group": "g"}, {"group": "g", "within": "customer"}])
def test_a_group_is_a_name_or_says_how_far_it_reaches(exclusive: object) -> None:
    path = "content/entries/hello.json"
    data = copy.deepcopy(WORLD[path])
    data["offer"]["exclusive"] = exclusive
    files = _files({path: data})

    assert ([], []) == (_refusals(files, path), _faults(files, path))


TWISTS = (
    None, True, False, 0, 1, -1, 1.5, 10**6, "", "x", "0", "2", " x", "title", [], [None], ["a"], {}, {"known": True},
    {"is": 1}, {"at_least": 2}, {"amount": "1.00", "currency": "USD"}, "80.00", "P30D", "never", "2026-12-01",
    "{cart.count}", "{cart.subtotal}", "/x", "#abc", "new", "hello", "kit", {"segment": "new"},
)  # fmt: skip


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    parts = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, part in parts:
        yield node, key
        yield from _places(part)


EVERYTHING = [(holder, key) for data in WORLD.values() for holder, key in _places(data)]


def _twist(data: Any, dice: random.Random) -> None:
    """Change, remove, add or rename one thing, often to something that another file may well hold."""
    holder, key = dice.choice(list(_places(data)))
    other, there = dice.choice(EVERYTHING)
    value = copy.deepcopy(dice.choice((dice.choice(TWISTS), other[there])))
    match dice.randrange(4):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[str(there)] = value
        case 2 if isinstance(holder, dict):
            holder[str(there)] = holder.pop(key)
        case _:
            holder[key] = value


@pytest.mark.parametrize("seed", range(3))
def test_the_schema_refuses_nothing_that_the_checker_takes(seed: int) -> None:
    dice = random.Random(seed)
    taken = 0
    for _ in range(150):
        path = dice.choice(sorted(WORLD))
        data = copy.deepcopy(WORLD[path])
        _twist(data, dice)
        files = _files({path: data})
        if not _refusals(files, path):
            taken += 1
            assert [] == _faults(files, path), (path, json.dumps(data))
    assert taken >= 10


def test_every_field_type_operator_and_key_of_a_model_has_its_schema() -> None:
    assert set(FieldType) == set(FIELDS)
    assert set(OPERANDS) == set(OPERAND)
    assert set(MODEL_KEYS) == set(_MODEL)
    assert {key for keys in FIELD_KEYS.values() for key in keys} == {"of", *_FIELD}


def test_every_key_that_a_shape_leaves_open_has_a_rule_and_every_rule_a_key() -> None:
    known = known_of(read_workspace(_files()))
    rules = set(rules_of(known, Facts(known.facts, tuple(known.entries))))
    kinds = [kind for kind in vars(shapes).values() if isinstance(kind, type) and issubclass(kind, Schema)]
    keys = {
        (kind.__name__, field.data_key or name): field
        for kind in [*kinds, LineShape]
        for name, field in kind().fields.items()
    }
    inherited = {
        (kind.__name__, key)
        for kind in kinds
        for key in kind().fields
        if any((base.__name__, key) in rules for base in kind.__mro__)
    }

    assert set() == rules - set(keys)
    assert set() == {place for place, field in keys.items() if isinstance(field, fields.Raw)} - rules - inherited


def test_a_fact_and_a_segment_are_explained_and_known_names_are_offered() -> None:
    made = editor_schemas(read_workspace(_files()))
    facts = made["segment"]["definitions"]["condition"]["properties"]
    segments = made["segment"]["definitions"]["segment-key"]

    assert "Number of visits" == facts["visitor.visits"]["title"]
    assert (
        "enum from a request: desktop, mobile, tablet, app, mini-program. Known in app, web."
        == facts["visitor.device"]["description"]
    )
    assert {
        "cart.gap[free-shipping]",
        "next.threshold[free-shipping]",
        "dismissed[hello]",
        "shown[hello].last_7_days",
    } <= set(facts)
    assert [("many", ""), ("new", "New here")] == list(zip(segments["enum"], segments["enumDescriptions"], strict=True))


def test_names_that_nothing_can_refer_to_are_in_no_pattern_and_no_list() -> None:
    odd = {path.replace("hello", "he(l"): raw for path, raw in _files().items() if "hello" in path}
    odd |= {"content/pages/c[t.json": b'{"slots": {"a": {"entries": []}}}', "segments/a+b.json": b"{}"}
    odd |= {"content/pages/odd.json": b'{"slots": {"t(op": {"entries": []}}}'}
    made = editor_schemas(read_workspace({**_files(), **odd}))
    plain = editor_schemas(read_workspace(_files()))

    assert [] == [name for name in ("he(l", "c[t", "t(op", "a+b") if name in json.dumps(made)]
    assert plain["segment"] == made["segment"]


def test_a_workspace_full_of_errors_still_has_schemas() -> None:
    broken = {path: raw[: len(raw) // 2] for path, raw in _files().items()}
    made = editor_schemas(read_workspace(broken))

    for schema in made.values():
        Draft7Validator.check_schema(schema)
    assert ["care", "hello"] == made["page"]["properties"]["slots"]["additionalProperties"]["properties"]["entries"][
        "items"
    ]["enum"]
    assert set(FILES) == set(editor_schemas(read_workspace({})))
