"""The table of patterns in the docs: complete, and true of the personas it names."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from cms.content.compiling import compile_workspace
from cms.content.snapshot import Snapshot
from cms.decisions.rehearsal import Rehearsal
from cms.workspace import read_folder, read_workspace

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "patterns.md").read_text("utf-8")
NOW = datetime(2026, 12, 2, tzinfo=UTC)

# What the journey has to show; each is the beginning of at least one row's first cell.
PATTERNS = (
    "Scarcity", "Protection plan", "Upgrade comparison", "Complete your set", "Don't forget these", "Volume offer",
    "Tier offer", "Convenience at checkout, a set", "Convenience at checkout, express shipping",
    "Convenience at checkout, an accessory", "Nothing but trust at payment", "Gift wrap after payment",
    "Upgrade after payment", "VIP package after payment", "Complements after the order", "Replenishment",
    "Loyalty after the order", "Follow-up", "Re-marketing by what was browsed", "Re-marketing by what was bought",
    "Subscription at account creation", "Trial product", "Extra service, installation", "Extra service, maintenance", "Trade account at account creation", "Reviews and ratings",
    "Deal of the day", "Free shipping", "Loyalty points, two more and it is free", "VIP package in the account",
    "Education", "New visitor", "Returning visitor", "Business, by account level", "Business, by yearly volume",
    "Business: consumer bundles hidden", "High value", "At risk", "First visit on a phone: never an upgrade",
    "Recent buyer of the same thing", "From a search ad", "From an email",
    "From an article of the WeChat official account", "From a WeChat scene", "From organic search",
    "Another market and currency", "Industrial buyer on a phone", "Popular in the region", "Abandoned cart",
    "Order confirmation", "Thank-you with complements", "Newsletter", "Win-back",
)  # fmt: skip


class Row(NamedTuple):
    pattern: str
    place: str
    entry: str
    persona: str


def _rows() -> Iterator[Row]:
    for line in DOC.splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 4 and cells[0] != "Pattern" and not set(line) <= set("|-"):
            yield Row(*cells)


ROWS = list(_rows())


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    compiled, _ = compile_workspace(read_workspace(read_folder(ROOT)))
    assert compiled is not None
    return compiled


def test_every_pattern_has_its_row() -> None:
    assert [] == [pattern for pattern in PATTERNS if not any(row.pattern.startswith(pattern) for row in ROWS)]


def test_every_row_is_one_of_the_patterns_or_says_more_of_one() -> None:
    more = {"Asked for a review"}
    assert [] == [row.pattern for row in ROWS if not row.pattern.startswith((*PATTERNS, *more))]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.pattern}: {row.persona}")
def test_a_row_is_what_its_persona_expects_and_sees(snapshot: Snapshot, row: Row) -> None:
    persona = snapshot.personas[row.persona]
    surface, _, slot = row.place.rpartition("/")
    is_email = surface.startswith("emails/")
    page = snapshot.emails[surface.removeprefix("emails/")].page if is_email else snapshot.pages[surface]

    shown = Rehearsal(snapshot, persona, now=NOW).decide(page, email=is_email).slots[slot]

    assert persona.expect.get(row.place) in {row.entry, row.entry.partition(":")[0]}, "no expectation of it"
    assert ([] if row.entry == "none" else [row.entry]) == [f"{one.entry}:{one.variant}" for one in shown][:1]


def test_every_offer_of_the_workspace_is_in_the_table(snapshot: Snapshot) -> None:
    pages = [*snapshot.pages.values(), *(email.page for email in snapshot.emails.values())]
    offers = {entry.key for page in pages for slot in page.slots for entry in slot.entries if entry.offer}
    told = {row.entry.partition(":")[0] for row in ROWS}

    assert set() == offers - told


def test_thirty_personas_or_more_prove_it(snapshot: Snapshot) -> None:
    assert len(snapshot.personas) >= 30
    assert all(persona.expect for persona in snapshot.personas.values())
    assert re.search(r"cms preview product --persona six-left", DOC)
