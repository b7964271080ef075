"""Placeholders: the grammar of gaps in authored text, and what is said of those that cannot be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.facts.builtin import BUILTIN_FACTS, builtin
from cms.facts.placeholders import DEFAULT_FORMATS, FORMATS, Placeholder, Template, parse_template


def _gap(name: str, form: str, forms: dict[str, str] | None = None) -> Placeholder:
    return Placeholder(builtin(name), form, forms or {})


SUBTOTAL = _gap("cart.subtotal", "money")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("Water it.", ("Water it.",)),
        ("{cart.subtotal}", (SUBTOTAL,)),
        ("{cart.subtotal|money}", (SUBTOTAL,)),
        ("{ cart.subtotal | money }", (SUBTOTAL,)),
        ("再買 {cart.gap[free-shipping]|money} 即享", ("再買 ", _gap("cart.gap[free-shipping]", "money"), " 即享")),
        ("{cart.subtotal}{cart.subtotal}", (SUBTOTAL, SUBTOTAL)),
        ("{{cart.subtotal}", ("{cart.subtotal}",)),  # {{ is a literal brace
        ("a {{ b }} c", ("a { b }} c",)),
        ("{{{cart.subtotal}", ("{", SUBTOTAL)),
        ("a } b", ("a } b",)),
        ("{cart.count}", (_gap("cart.count", "number"),)),
        ("{tier.percent[club]|discount}", (_gap("tier.percent[club]", "discount"),)),
        ("{orders.last}", (_gap("orders.last", "date"),)),
        ("{cart.categories|list}", (_gap("cart.categories", "list"),)),
        ("{customer.company}", (_gap("customer.company", "text"),)),
        ("{customer.loyalty_tier}", (_gap("customer.loyalty_tier", "text"),)),
        (
            '{cart.count|plural one="# item" other="# items"}',
            (_gap("cart.count", "plural", {"one": "# item", "other": "# items"}),),
        ),
        ('{cart.count|plural other="件 | #"}', (_gap("cart.count", "plural", {"other": "件 | #"}),)),
    ],
)
def test_a_text_is_split_at_its_gaps(text: str, parts: tuple[str | Placeholder, ...]) -> None:
    assert (Template(parts), []) == parse_template(text, BUILTIN_FACTS)


@pytest.mark.parametrize(
    ("text", "code", "suggestion"),
    [
        ("Add {cart.subtotal", "bad-placeholder", "Close it with }"),
        ("Add {", "bad-placeholder", "Close it with }"),
        ("{}", "bad-placeholder", "{fact|format}"),
        ("{cart subtotal}", "bad-placeholder", "{fact|format}"),
        ("{cart.subtotal|}", "bad-placeholder", "{fact|format}"),
        ("{cart.subtotl}", "unknown-fact", 'Did you mean "cart.subtotal"?'),
        ("{cart.gap[x}", "unknown-fact", ""),
        ("{cart.subtotal|mony}", "unknown-format", 'Did you mean "money"?'),
        ("{cart.subtotal|upper}", "unknown-format", "Known: date, discount"),
        ("{cart.count|money}", "wrong-format", "discount, number, percent, plural"),
        ("{cart.subtotal|number}", "wrong-format", "A money takes: money."),
        ("{customer.company|list}", "wrong-format", "Write {customer.company} without a format."),
        ("{cart.subtotal|money 2}", "bad-placeholder", "Write {cart.subtotal|money}."),
        ("{visitor.is_new}", "bad-placeholder", ""),
        ('{cart.count|plural one="# item"}', "bad-placeholder", "plural one="),
        ("{cart.count|plural}", "bad-placeholder", "plural one="),
        ('{cart.count|plural single="# item" other="# items"}', "bad-placeholder", "plural one="),
        ("{cart.count|plural other='# items'}", "bad-placeholder", "plural one="),
    ],
)
def test_a_gap_that_cannot_be_read_is_one_problem_and_no_part_of_the_text(
    text: str, code: str, suggestion: str
) -> None:
    template, problems = parse_template(text, BUILTIN_FACTS)

    assert [code] == [problem.code for problem in problems]
    assert suggestion in problems[0].suggestion
    assert () == template.placeholders


def test_every_problem_of_a_text_is_found() -> None:
    _, problems = parse_template("{a} {cart.subtotal|mony} {b", BUILTIN_FACTS)

    assert ["unknown-fact", "unknown-format", "bad-placeholder"] == [problem.code for problem in problems]


def test_only_what_is_always_known_may_stand_in_a_default() -> None:
    always = ("locale", "currency", "channel", "page.stage", "now.date", "now.hour", "now.weekday")

    known = {ref.name for ref in map(builtin, BUILTIN_FACTS.names) if not Placeholder(ref, "text").can_be_unknown}

    assert set(always) == known


def test_every_type_but_bool_and_duration_can_be_shown() -> None:
    shown = {kind for kinds in FORMATS.values() for kind in kinds} | set(DEFAULT_FORMATS)

    assert {"money", "number", "date", "set", "text", "enum"} == shown


@given(st.text(alphabet='{}|[]"=# .abcartsubol\n', max_size=60))
def test_no_text_whatever_makes_it_fail_or_leaves_a_gap_half_read(text: str) -> None:
    template, problems = parse_template(text, BUILTIN_FACTS)

    assert template.literal is not None
    assert all(
        problem.code in {"bad-placeholder", "unknown-fact", "unknown-format", "wrong-format"} for problem in problems
    )
