"""Site: one snapshot with everything compiled that its output needs; immutable, built before it goes live."""

from dataclasses import dataclass
from typing import Self

from cms.content.snapshot import Snapshot
from cms.rendering.renderer import Renderer


@dataclass(frozen=True, slots=True)
class Site:
    """What a node shows. `sequence` is the activation's number in its environment."""

    snapshot: Snapshot
    sequence: int
    renderer: Renderer
    site_url: str

    @classmethod
    def build(cls, snapshot: Snapshot, sequence: int, *, site_url: str) -> Self:
        renderer = Renderer(snapshot.templates, snapshot.components)
        return cls(snapshot, sequence, renderer, site_url)
