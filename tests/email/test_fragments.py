"""Compiling once, filling per recipient: nothing leaks, nothing is compiled twice, nothing unknown passes."""

import re
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from mails import World

from cms.components.body import RailName
from cms.components.checking import check_sample
from cms.decisions.decision import Choice
from cms.email.compiling import EmailCompiler
from cms.email.gaps import written
from cms.email.message import compose
from cms.email.recipient import Recipient
from cms.errors import CmsError
from cms.facts.builtin import BUILTIN_FACTS
from cms.facts.money import Money
from cms.facts.values import Value

HOSTILE = "<script>alert('1')</script> & \"{cart.count}\" qzx0xzq {{ 7 * 7 }}"
NAMES = ("banner", "cta", "free-shipping-bar", "rail", "tier-progress")


def filled(world: World, choice: Choice, products: int = 2, **facts: Value) -> str:
    parts = world.compiler().fragment(choice.component, choice.body, locale=choice.locale, products=products).html
    return written(parts, Recipient(choice, world.view(**facts), "https://shop.example").value)


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_component_compiles_its_sample_with_any_number_of_products(world: World, name: str) -> None:
    body, problems = check_sample(
        world.models[name], schema=BUILTIN_FACTS, currency="USD", zone=ZoneInfo("UTC"), link_hosts=frozenset()
    )
    fragments = [world.compiler().fragment(name, body, locale="en", products=count) for count in range(5)]

    assert problems == []
    assert all(fragment.html for fragment in fragments)


@pytest.mark.parametrize("name", NAMES)
def test_a_fragment_closes_every_table_it_opens_for_outlook_and_for_everybody_else(world: World, name: str) -> None:
    html = filled(world, world.choice(name))

    assert html.count("<!--[if mso") == html.count("<![endif]-->")
    for tag in ("table", "tr", "td", "div", "a"):
        assert len(re.findall(rf"<{tag}[ >]", html)) == html.count(f"</{tag}>"), tag


def test_shipped_templates_use_only_what_is_allowed(world: World) -> None:
    assert world.compiler().problems({name: world.choice(name).body for name in NAMES}) == []


def test_values_of_recipients_are_escaped_in_text_attributes_and_markdown(world: World) -> None:
    body = {
        "headline": "For {customer.company}",
        "body": "**{customer.company}** and [{customer.company}](/x)",
        "image": {"src": "/p.png", "alt": "Logo of {customer.company}"},
    }
    html = filled(world, world.choice("banner", body), customer__company=HOSTILE)

    assert html.count("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &#34;{cart.count}&#34; qzx0xzq") == 4
    assert "<script" not in html
    assert 'alt="Logo of &lt;script&gt;' in html


def test_authored_text_comes_out_as_typed_even_where_mjml_would_damage_it(world: World) -> None:
    typed = 'A 👩\u200d🌾 says \\o/ "hi" <b> & qzx1xzq'
    body = {"headline": typed, "body": f"{typed} ![{typed}](/p.png)", "image": {"src": "/p.png", "alt": typed}}
    html = filled(world, world.choice("banner", body))

    escaped = "A 👩\u200d🌾 says \\o/ &#34;hi&#34; &lt;b&gt; &amp; qzx1xzq"
    assert f'alt="{escaped}"' in html
    assert html.count(escaped) == 3  # headline, picture, picture in Markdown
    assert escaped.replace("&#34;", '"') in html
    assert "\\u{" not in html


def test_one_fragment_serves_recipients_with_different_facts_and_products(world: World) -> None:
    near = world.choice("rail", products=1)
    far = replace(near, rails={"extras": world.choice("rail", products=2).rails["extras"][1:]})
    emails = world.compiled(near)
    first = written(emails.fragment(near).html, Recipient(near, world.view(), "https://a.example").value)
    second = written(emails.fragment(far).html, Recipient(far, world.view(), "https://b.example").value)

    assert emails.fragment(near) is emails.fragment(far)
    assert ("Brass Mister" in first, "Plant Food" in first) == (True, False)
    assert ("Brass Mister" in second, "Plant Food" in second) == (False, True)
    assert "https://b.example/p/food" in second


def test_markup_for_a_price_picture_or_link_is_left_out_where_a_product_has_none(world: World) -> None:
    html = filled(world, world.choice("rail", products=4), products=4)
    mister, food, pot, meter = html.split('<td width="96"')[1:]

    assert ["<img" in row for row in (mister, food, pot, meter)] == [True, True, False, True]
    assert ["$" in row for row in (mister, food, pot, meter)] == [True, True, True, False]
    assert ["<s>" in row for row in (mister, food, pot, meter)] == [True, False, False, False]
    assert ["<a " in row.partition("</tr>")[0] for row in (mister, food, pot, meter)] == [True, True, True, False]


def test_progress_is_computed_per_recipient_and_says_when_it_is_reached(world: World) -> None:
    choice = world.choice("tier-progress")
    short = filled(world, choice, cart__subtotal=Money(20900, "USD"))
    there = filled(world, choice, cart__subtotal=Money(31000, "USD"))

    assert "$209.00 of $300.00" in short
    assert "$310.00 of" not in there
    assert 'width="69%"' in short
    assert ("Next club tier" in short, ">Reached<" in short) == (True, False)
    assert 'width="100%"' in there
    assert ("Next club tier" in there, ">Reached<" in there) == (False, True)


def test_progress_between_two_currencies_shows_no_bar(world: World) -> None:
    html = filled(world, world.choice("tier-progress"), cart__subtotal=Money(20900, "TWD"))

    assert "track" not in html
    assert '"%' not in html


def test_a_fact_nobody_knows_stops_the_mail_instead_of_leaving_a_hole(world: World) -> None:
    choice = world.choice("banner", {"headline": "{customer.company}"})

    with pytest.raises(CmsError) as stopped:
        world.mail(choice)

    assert stopped.value.code == "unfilled"


def test_sending_compiles_nothing_once_the_release_is_compiled(world: World) -> None:
    choices = [world.choice(name, locale=locale, products=3) for locale in ("en", "zh-Hant") for name in NAMES]
    compiler = world.compiler()
    emails = world.compiled(*choices, compiler=compiler)
    emails.precompile(["en", "zh-Hans", "zh-Hant"])
    compiled = compiler.calls
    for locale in ("en", "zh-Hans", "zh-Hant"):
        for count in range(5):
            shown = {name: (world.choice(name, products=count),) for name in NAMES}
            compose(
                emails,
                shown,
                world.view(),
                subject="s",
                preheader="p",
                locale=locale,
                decision="d",
                letterhead=world.shop,
            )

    assert (compiled, compiler.calls) == (2 * (4 + 5) + 3, compiled)


def test_a_variant_that_is_in_no_mail_of_the_release_is_refused(world: World) -> None:
    with pytest.raises(CmsError) as refused:
        world.compiled(world.choice("cta")).fragment(world.choice("banner"))

    assert refused.value.code == "not-compiled"


def test_a_body_with_two_different_rails_is_refused(world: World) -> None:
    rail = world.models["rail"]
    twin = replace(rail, key="twin", fields={"one": rail.fields["rail"], "two": rail.fields["rail"]})
    compiler = EmailCompiler({"twin/email.mjml": "<mj-section></mj-section>"}, {"twin": twin})
    with pytest.raises(CmsError) as refused:
        compiler.fragment("twin", {"one": RailName("a"), "two": RailName("b")}, locale="en", products=1)

    assert refused.value.code == "bad-template"


def test_column_rules_of_every_fragment_reach_the_head_of_the_mail(world: World) -> None:
    half = '<mj-section><mj-column width="37%"><mj-text>{{ content.label }}</mj-text></mj-column></mj-section>'
    compiler = world.compiler(**{"cta/email.mjml": half})
    choice = world.choice("cta")
    emails = world.compiled(choice, compiler=compiler)
    mail = compose(
        emails,
        {"s": (choice,)},
        world.view(),
        subject="s",
        preheader="p",
        locale="en",
        decision="d",
        letterhead=world.shop,
    )

    assert ".mj-column-per-37 { width:37% !important; max-width:37%; }" in mail.html.partition("</head>")[0]


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("<mj-section>\n<mj-colum></mj-colum></mj-section>", 2, '<mj-colum> is not allowed inside mj-section. Did you mean "mj-column"?'),
        ("<mj-section>\n<mj-column><mj-text colour='x'>a</mj-text></mj-column></mj-section>", 2, '<mj-text> has no attribute "colour". Did you mean "color"?'),
        ("<mj-section><mj-column><mj-text>\n<script>x</script></mj-text></mj-column></mj-section>", 2, "<script> is not allowed inside mj-text."),
        ("<mj-section><mj-column><mj-text><a href='/x' onclick='y'>a</a></mj-text></mj-column></mj-section>", 1, '<a> has no attribute "onclick".'),
        ("<mj-section>\n{{ content.label }}</mj-section>", 2, "Text or a gap stands directly in mj-section"),
        ("<mj-section><mj-column><mj-table><tr>\n{% call shown_if(content.note) %}<td>a</td>{% endcall %}</tr></mj-table></mj-column></mj-section>", 2, "Text or a gap stands directly in tr"),
        ("{% if content.note %}\n<mj-text>top</mj-text>{% endif %}", 2, "<mj-text> is not allowed at the top"),
        ("<mj-head></mj-head>", 1, "<mj-head> is not allowed at the top"),
        ("<mj-section>\n<mj-column>\n</mj-section>", 3, "</mj-section> closes nothing that is open."),
        ("<mj-section>{% if %}</mj-section>", 1, "Expected an expression"),
    ],
)  # fmt: skip
def test_what_mjml_would_pass_or_drop_silently_is_a_problem_at_its_line(
    world: World, source: str, line: int, said: str
) -> None:
    problem = world.compiler(**{"cta/email.mjml": source}).problems()[0]

    assert (problem.code, problem.file, problem.line) == ("bad-template", "components/cta/email.mjml", line)
    assert said in f"{problem.message} {problem.suggestion}"


def test_a_template_that_fails_on_its_sample_is_a_problem(world: World) -> None:
    source = "<mj-section><mj-column><mj-text>{{ content.headlin }}</mj-text></mj-column></mj-section>"
    problems = world.compiler(**{"cta/email.mjml": source}).problems({"cta": world.choice("cta").body})

    assert [(problem.code, problem.file) for problem in problems] == [("bad-template", "components/cta/email.mjml")]
    assert "headlin" in problems[0].message
