"""A Vitrine of a few lines that answers what a test tells it to."""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class SmallVitrine:
    """Answers every page request with `answer` after `wait_s`; keeps the pages it was asked for and what it was told."""

    url: str = ""
    answer: bytes = b"{}"
    status: int = 200
    wait_s: float = 0.0
    bodies: list[dict[str, Any]] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    def hear(self, path: str, body: dict[str, Any]) -> None:
        """Keep what came: the body of a page request, or events."""
        if path == "/v1/events":
            self.events += body["events"]
        else:
            self.pages.append(path.removeprefix("/v1/pages/"))
            self.bodies.append(body)

    def show(self, **slots: str) -> None:
        """Answer with one item a slot, its html as given; "" is an empty slot."""
        items = {name: [an_item(name, html)] if html else [] for name, html in slots.items()}
        self.answer = json.dumps({"slots": items, "degraded": [], "release": "r1"}).encode()


def an_item(slot: str, html: str) -> dict[str, str]:
    words = {"component": "banner", "variant": "near", "locale": "en", "reason": "TARGETING_MATCH"}
    return {"entry": f"entry-{slot}", "html": html, **words}
