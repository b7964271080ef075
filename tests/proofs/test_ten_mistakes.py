"""Ten mistakes that marketers make, made in the sample workspace: each is found, explained, and can be seen in a preview."""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cms.cli import cli
from cms.runtime.verification import verify
from cms.workspace import read_folder

ROOT = Path(__file__).parents[2]
Json = Any


@dataclass(frozen=True)
class Mistake:
    """A change of one file, and what has to be said of it: `names` in any language, `values` of the visitor in each."""

    title: str
    page: str  # on which it shows
    file: str
    change: Callable[[Json], None]
    code: str
    found_in: str
    names: tuple[str, ...]
    values: Mapping[str, tuple[str, ...]]


def _variant(entry: Json, key: str) -> Json:
    return next(variant for variant in entry["variants"] if variant["key"] == key)


def widen_the_first(segment: Json) -> None:
    segment["when"] = {"segment": "trade"}


def contradict(segment: Json) -> None:
    segment["when"] = {"cart.subtotal": {"at_least": "200.00", "less_than": "150.00"}}


def drop_the_fallback(page: Json) -> None:
    page["slots"]["offer"]["entries"] = ["upgrade"]


def end_it(entry: Json) -> None:
    entry["schedule"] = {"until": "2060-07-01T00:00-04:00"}


def claim_otherwise(entry: Json) -> None:
    for variant in entry["variants"]:
        variant["claims"] = {"threshold": {"free-shipping": "49.00" if variant["key"] == "default" else "75.00"}}


def ask_for_the_session(entry: Json) -> None:
    entry["variants"][0]["when"] = {"session.abandoned_cart": True}


def swap(entry: Json) -> None:
    shade, wholesale, *others = entry["variants"]
    entry["variants"] = [wholesale, shade, *others]


def promise_in_euros(entry: Json) -> None:
    amount = {"amount": "75.00", "currency": "EUR"}
    _variant(entry, "open")["promise"] = {"promotion": "free-shipping", "threshold": {"free-shipping": amount}}


def exclude_what_is_wanted(segment: Json) -> None:
    segment["when"] = {"cart.categories": {"has_all": ["plants", "pots"], "has_none": ["plants", "accessories"]}}


def compare_for_others(experiment: Json) -> None:
    experiment["audience"] = {"segment": "free-shipping-reached"}


MISTAKES = (
    Mistake(
        "a segment made wider swallows the one below", "landing", "segments/b2b-on-phone.json", widen_the_first,
        "unreachable", "content/entries/hero/entry.json", ("hero:wholesale", "hero:wholesale-phone"),
        {"en": ("customer groups: wholesale",), "zh-Hans": ("客户组：wholesale",)},
    ),
    Mistake(
        "cart over 200 and cart under 150", "cart", "segments/near-free-shipping.json", contradict,
        "never-matches", "segments/near-free-shipping.json", ("near-free-shipping",),
        {"en": ("$200.00", "$150.00"), "zh-Hans": ("200.00", "150.00")},
    ),
    Mistake(
        "no fallback for those who closed the offer", "product", "content/pages/product.json", drop_the_fallback,
        "no-content", "content/pages/product.json", ("product/offer",), {"en": (), "zh-Hans": ()},
    ),
    Mistake(
        "the only entry of a slot ends", "cart", "content/entries/service-note.json", end_it,
        "no-content", "content/pages/cart.json", ("cart/side",), {"en": ("2060",), "zh-Hans": ("2060",)},
    ),
    Mistake(
        "two thresholds for free shipping", "emails/order-confirmation", "content/entries/thanks.json", claim_otherwise,
        "contradiction", "content/emails/order-confirmation.json", ("emails/order-confirmation/side", "thanks:", "service-note:"),
        {"en": (), "zh-Hans": ()},
    ),
    Mistake(
        "a mail asks for the session", "emails/newsletter", "content/entries/letter.json", ask_for_the_session,
        "wrong-channel", "content/entries/letter.json", ("letter:wholesale",),
        {"en": ("left a cart behind",), "zh-Hans": ("曾放弃购物车",)},
    ),
    Mistake(
        "the wide variant above the narrow one", "landing", "content/entries/best-sellers.json", swap,
        "unreachable", "content/entries/best-sellers.json", ("best-sellers:wholesale-shade", "best-sellers:wholesale"),
        {"en": ("customer groups: wholesale",), "zh-Hans": ("客户组：wholesale",)},
    ),
    Mistake(
        "a promise in a currency that nobody pays in", "cart", "content/entries/free-shipping.json", promise_in_euros,
        "unreachable", "content/entries/free-shipping.json", ("free-shipping:open",), {"en": ("EUR",), "zh-Hans": ("EUR",)},
    ),
    Mistake(
        "a list excludes what is wanted", "checkout", "segments/plant-and-pot-in-cart.json", exclude_what_is_wanted,
        "never-matches", "segments/plant-and-pot-in-cart.json", ("plant-and-pot-in-cart",),
        {"en": ("plants",), "zh-Hans": ("plants",)},
    ),
    Mistake(
        "an arm for others than its control's", "cart", "content/experiments/free-shipping-copy.json", compare_for_others,
        "unreachable", "content/entries/free-shipping.json", ("free-shipping:near-urgent",), {"en": (), "zh-Hans": ()},
    ),
)  # fmt: skip


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    for name in ("components", "content", "segments"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.title.replace(" ", "-"))
def test_a_mistake_is_explained_so_that_a_marketer_could_mend_it(sample: Path, mistake: Mistake) -> None:
    _make(sample, mistake)
    for language in ("en", "zh-Hans"):
        told = _told(sample, mistake, language)
        said = f"{told['message']} {told['suggestion']}"

        assert mistake.found_in == told["file"]
        assert [] == [word for word in (*mistake.names, *mistake.values[language]) if word not in said]
        assert told["suggestion"]
    if "visitor" in told:
        _preview(sample, mistake, told["visitor"])


def test_the_sample_is_proved_clean() -> None:
    verified = verify(read_folder(ROOT), now=datetime(2026, 12, 2, 10, tzinfo=UTC))

    assert [] == [str(problem) for problem in verified.problems if problem.severity != "info"]


def _make(sample: Path, mistake: Mistake) -> None:
    path = sample / mistake.file
    data = json.loads(path.read_text("utf-8"))
    mistake.change(data)
    path.write_text(json.dumps(data, ensure_ascii=False, indent=2), "utf-8")
    if mistake.code == "contradiction":  # it takes two
        other = sample / "content/entries/service-note.json"
        data = json.loads(other.read_text("utf-8"))
        for variant in data["variants"]:
            variant["claims"] = {"threshold": {"free-shipping": "75.00"}}
        other.write_text(json.dumps(data, ensure_ascii=False, indent=2), "utf-8")


def _told(sample: Path, mistake: Mistake, language: str) -> Json:
    """Check the workspace, and give what is said of the mistake."""
    where = [] if mistake.code == "never-matches" else ["--page", mistake.page]  # segments are of no page
    command = ["check", "--workspace", str(sample), "--format", "json", "--language", language, *where]
    run = CliRunner().invoke(cli, command)
    findings = json.loads(run.stdout)["findings"]
    fitting = [one for one in findings if one["code"] == mistake.code and mistake.names[0] in one["message"]]
    assert fitting, [(one["code"], one["message"]) for one in findings]
    return fitting[0]


def _preview(sample: Path, mistake: Mistake, visitor: Json) -> None:
    """Save the visitor as a persona, and look at the page as it."""
    personas = sample / "content/personas"
    (personas / "shows-it.json").write_text(json.dumps({"title": "Shows it", **visitor}), "utf-8")
    out = sample / "preview.html"
    command = ["preview", mistake.page, "--persona", "shows-it", "--workspace", str(sample), "--out", str(out)]
    run = CliRunner().invoke(cli, command)

    assert 0 == run.exit_code, run.output
    assert "Shows it" in out.read_text("utf-8")
