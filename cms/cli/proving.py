"""How much `cms check` proves: its options, and what was kept of it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path

import click

from cms.cli.options import now
from cms.cli.progress import progress_bar
from cms.content.snapshot import Snapshot
from cms.problems import Problem, did_you_mean
from cms.proofs.checking import ProofOptions
from cms.proofs.proving import BUDGET_S
from cms.proofs.words import LANGUAGES
from cms.runtime.catalogue import shop_problems
from cms.runtime.known import KnownFindings
from cms.runtime.verification import Verified, verify
from cms.settings import Settings
from cms.workspace.documents import Workspace

_OPTIONS = (
    click.option(
        "--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of what proofs say."
    ),
    click.option(
        "--page", "pages", multiple=True, metavar="NAME", help="Prove this page or mail only; may be repeated."
    ),
    click.option("--no-proofs", is_flag=True, help="Prove nothing: the cheap checks only."),
    click.option(
        "--budget",
        "budget_s",
        type=click.FloatRange(min=0, min_open=True),
        metavar="SECONDS",
        help=f"How long proving may take.  [default: {BUDGET_S:g}]",
    ),
)


@dataclass(frozen=True, slots=True)
class ProofChoice:
    """What to prove (no pages: all), in which language to tell it, and how long that may take."""

    language: str = "en"
    pages: frozenset[str] = frozenset()
    is_wanted: bool = True
    budget_s: float = BUDGET_S

    def verified(self, root: Path, files: Mapping[str, bytes]) -> Verified:
        """Verify a workspace, with a bar where somebody watches; what was proved is kept beside it for the next time.

        Raises:
            click.UsageError: No such page or mail.
        """
        at = now()
        with progress_bar("Proving") as progress:
            options = ProofOptions(self.language, self.pages, self.budget_s, progress, _folder(root))
            proofs = options if self.is_wanted else None
            verified = verify(files, now=at, proofs=proofs, shop=_ask_shop)
        self._refuse_unknown(verified)
        if self._is_timeless and verified.snapshot is not None:
            KnownFindings(_folder(root), files, language=self.language).keep(
                verified.problems, verified.snapshot, now=at
            )
        if not self.is_wanted:
            click.echo("Nothing was proved: --no-proofs.", err=True)
        elif any(problem.code == "not-proved" for problem in verified.problems):
            click.echo(
                "Not everything was proved: the findings not-proved say what and why (all of them with --notes).",
                err=True,
            )
        return verified

    @property
    def _is_timeless(self) -> bool:
        """Say whether the same files have the same findings: all is looked for, and no shop has a say."""
        is_whole = self.is_wanted and not self.pages and self.budget_s >= BUDGET_S
        return is_whole and not Settings(os.environ)["CMS_COMMERCE_ADAPTER"]

    def known(self, root: Path, files: Mapping[str, bytes]) -> tuple[Problem, ...] | None:
        """Give what the last check of the very same files found, if nothing can have changed since."""
        kept = KnownFindings(_folder(root), files, language=self.language)
        return kept.at(now()) if self._is_timeless else None

    def _refuse_unknown(self, verified: Verified) -> None:
        surfaces = verified.snapshot.surfaces if verified.snapshot else self.pages
        for name in sorted(self.pages - set(surfaces)):
            raise click.UsageError(f'No page or mail "{name}". {did_you_mean(name, surfaces)}'.strip())


def _ask_shop(snapshot: Snapshot, workspace: Workspace) -> list[Problem]:
    return shop_problems(snapshot, workspace, Settings(os.environ), clock=now)


def _folder(root: Path) -> Path:
    return root / ".vitrine" / "proofs"


def proving_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of proving as one argument, `proving`."""

    @wraps(command)
    def packed(
        *, language: str, pages: tuple[str, ...], no_proofs: bool, budget_s: float | None, **others: object
    ) -> None:
        if no_proofs and (pages or budget_s):
            raise click.UsageError("--no-proofs leaves nothing for --page and --budget.")
        named = frozenset(page.removeprefix("pages/") for page in pages)
        command(proving=ProofChoice(language, named, not no_proofs, budget_s or BUDGET_S), **others)

    for option in reversed(_OPTIONS):
        packed = option(packed)
    return packed
