"""Site: one snapshot with everything compiled that its output needs; immutable, built before it goes live."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from cms.components.body import Body, RailName, nodes
from cms.content.snapshot import Snapshot
from cms.email.compiled import CompiledEmails, Wanted
from cms.email.compiling import EmailCompiler
from cms.email.message import Letterhead
from cms.rails.rail import Rail
from cms.rendering.renderer import Renderer


@dataclass(frozen=True, slots=True)
class Site:
    """What a node shows. `sequence` is the activation's number in its environment."""

    snapshot: Snapshot
    sequence: int
    renderer: Renderer
    mails: CompiledEmails
    letterhead: Letterhead

    @classmethod
    def build(cls, snapshot: Snapshot, sequence: int, *, letterhead: Letterhead) -> Self:
        """Compile everything ahead.

        Raises:
            CmsError: `bad-template`: a component's mail does not compile.
        """
        renderer = Renderer(snapshot.templates, snapshot.components)
        mails = CompiledEmails(EmailCompiler(snapshot.templates, snapshot.components), wanted_by_mails(snapshot))
        mails.precompile(snapshot.settings.locales)
        return cls(snapshot, sequence, renderer, mails, letterhead)


def wanted_by_mails(snapshot: Snapshot) -> list[Wanted]:
    """List every body that a mail of the snapshot can show."""
    entries = {
        entry.key: entry for email in snapshot.emails.values() for slot in email.page.slots for entry in slot.entries
    }
    return [
        Wanted(entry.component.key, entry.key, variant.key, locale, body, max(_limits(body, snapshot.rails), default=0))
        for entry in entries.values()
        for variant in entry.variants
        for locale, body in variant.content.items()
    ]


def _limits(body: Body, rails: Mapping[str, Rail]) -> Iterator[int]:
    for node in nodes(body):
        if isinstance(node, RailName):
            yield rails[node.key].limit
