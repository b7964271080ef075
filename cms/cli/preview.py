"""`cms preview`: a page or mail as personas see it, as one file to look at."""

import json
import webbrowser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click
from markupsafe import Markup

from cms.cli.answering import answer_of, site_of
from cms.cli.options import now, workspace_option
from cms.cli.rehearsing import Moment, as_seen, compiled, personas_of, surface_of
from cms.content.snapshot import Persona, Snapshot
from cms.decisions.decision import Choice
from cms.decisions.rehearsal import Rehearsal
from cms.explanations.explaining import Explainer
from cms.explanations.telling import Teller
from cms.explanations.words import REASON_WORDS
from cms.rendering.samples import shows_samples
from cms.rendering.standalone import standalone
from cms.runtime.answers import Answer
from cms.runtime.mailing import written_mail
from cms.runtime.site import Site


@click.command("preview")
@click.argument("place")
@click.option(
    "--persona",
    "personas",
    multiple=True,
    required=True,
    help="Who looks: a file of content/personas; several stand side by side.",
)
@workspace_option
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write.  [default: preview.<place>.<persona>.html]",
)
@click.option("--open", "opened", is_flag=True, help="Open it in the browser.")
@click.option("--scheme", type=click.Choice(["light", "dark"]), help="Colors.  [default: as the system has them]")
@click.option("--at", type=Moment(), help="Another moment than the persona's, such as 2026-12-24T10:00+08:00.")
@click.option("--locale", help="Another locale than the persona's.")
def command(
    place: str,
    personas: tuple[str, ...],
    workspace: Path | None,
    out: Path | None,
    *,
    opened: bool,
    scheme: str | None,
    at: datetime | None,
    locale: str | None,
) -> None:
    """Write PLACE (cart, emails/abandoned-cart) as the persona sees it, with the reason for each slot below it."""
    snapshot = compiled(workspace)
    surface = surface_of(snapshot, place)
    seen = [as_seen(snapshot, persona, locale=locale, at=at) for persona in personas_of(snapshot, personas)]
    file = out or Path(f"preview.{surface.replace('/', '-')}.{_named(seen)}.html")
    file.write_text(_page(snapshot, surface, seen, scheme or ""), encoding="utf-8")
    click.echo(file)
    if opened and not webbrowser.open(file.absolute().as_uri()):
        click.echo("No browser could be opened here: open the file yourself.", err=True)


def _named(personas: Sequence[Persona]) -> str:
    return personas[0].key if len(personas) == 1 else f"{personas[0].key}+{len(personas) - 1}"


def _page(snapshot: Snapshot, surface: str, personas: Sequence[Persona], scheme: str) -> str:
    site = site_of(snapshot)
    views = [_Sight(site, surface, persona, alone=len(personas) == 1).view() for persona in personas]
    page = snapshot.surfaces[surface]
    return standalone(
        "preview",
        {
            "title": f"Preview of {surface}",
            "lead": f"{f'{page.route}, ' if page.route else ''}stage {page.stage}",
            "base": site.letterhead.base_url.rstrip("/") + "/",
            "views": views,
        },
        css=site.renderer.css(),
        scheme=scheme,
    )


@dataclass(frozen=True, slots=True)
class _Sight:
    """One persona before one page or mail; `alone`: nobody else is shown on the same page."""

    site: Site
    surface: str
    persona: Persona
    alone: bool

    def view(self) -> Mapping[str, object]:
        rehearsal = Rehearsal(self.site.snapshot, self.persona, now=now())
        answer = answer_of(rehearsal, self.surface)
        context, is_email = answer.view.context, self.surface.startswith("emails/")
        return {
            "persona": self.persona.key,
            "title": self.persona.title,
            "locale": context.locale,
            "currency": context.currency,
            "channel": context.channel,
            "at": rehearsal.now.isoformat(sep=" ", timespec="minutes"),
            "mail": self._mail(answer) if is_email else None,
            "slots": [self._slot(slot, answer, has_fragments=not is_email) for slot in answer.decision.slots],
        }

    def _mail(self, answer: Answer) -> object:
        email = self.site.snapshot.emails[self.surface.removeprefix("emails/")]
        return written_mail(self.site, email, answer)

    def _slot(self, slot: str, answer: Answer, *, has_fragments: bool) -> Mapping[str, object]:
        decision = answer.decision
        shown = [
            {
                "entry": choice.entry,
                "variant": choice.variant,
                "reason": choice.reason,
                "words": REASON_WORDS[choice.reason]["en"],
                "locale": choice.locale,
                "over": choice.display != "inline",
                "sample": shows_samples(choice),
                "html": self._fragment(choice, answer, slot) if has_fragments else None,
            }
            for choice in decision.slots[slot]
        ]
        return {"key": slot, "shown": shown, "steps": _steps(self.site.snapshot, answer, slot)}

    def _fragment(self, choice: Choice, answer: Answer, slot: str) -> Markup:
        """Show a choice as web HTML; one that only apps can show, as its blocks."""
        if "web" not in self.site.snapshot.components[choice.component].channels:
            blocks = json.dumps(self.site.renderer.blocks(choice, answer.view), ensure_ascii=False, indent=2)
            return Markup('<pre class="text">{}</pre>').format(blocks)
        # Ids hold the slot's name, and no two on a page may be the same.
        place = slot if self.alone else f"{slot}-{self.persona.key}"
        return Markup(self.site.renderer.html(choice, answer.view, decision=answer.key, slot=place))  # noqa: S704 - a template's


def _steps(snapshot: Snapshot, answer: Answer, slot: str) -> list[str]:
    explainer, teller = Explainer(snapshot, answer.view.context), Teller(snapshot.segment_titles, "en")
    return [teller.step(explainer.explained(step)) for step in answer.decision.trace if step.slot == slot]
