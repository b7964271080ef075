"""`/gallery`: every component shown from its model's sample, for those who write components and content.

Only where a folder is served: a released site has no such routes, and none of them is in the OpenAPI document.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from markupsafe import Markup

from cms.components.body import Body
from cms.components.checking import check_sample
from cms.components.model import ComponentModel
from cms.decisions.decision import Choice
from cms.delivery.failures import Failure
from cms.delivery.parsing import INVALID
from cms.delivery.service import service
from cms.email.compiled import CompiledEmails, Wanted
from cms.email.message import Mail, compose
from cms.email.plain_text import with_full_links
from cms.facts.context import View
from cms.problems import did_you_mean
from cms.rendering.formats import direction_of
from cms.rendering.samples import sample_of
from cms.rendering.standalone import PICTURE, standalone
from cms.runtime.site import Site

blueprint = Blueprint("gallery", __name__, url_prefix="/gallery")
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src * data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_MIRRORED = "ar"  # a language from right to left, whether or not anything is written in it
_SCHEMES = {"": "as the system", "light": "light", "dark": "dark"}
_DIRECTIONS = {"": "as the language", "ltr": "left to right", "rtl": "right to left"}


@blueprint.get("")
def index() -> Response:
    """Show all components, one below the other."""
    site = service().site()
    look = _Look.asked(site)
    shown = [_Sample(site, model, look) for _, model in sorted(site.snapshot.components.items())]
    return _page(site, look, "gallery", {"title": "Components", "components": [sample.card() for sample in shown]})


@blueprint.get("/picture.svg")
def picture() -> Response:
    """Give the picture of all sample products."""
    return Response(PICTURE, mimetype="image/svg+xml")


@blueprint.get("/<component>")
def one(component: str) -> Response:
    """Show one component in every output."""
    site = service().site()
    look = _Look.asked(site)
    model = site.snapshot.components.get(component)
    if model is None:
        hint = did_you_mean(component, site.snapshot.components)
        raise Failure(404, "not_found", f'No component "{component[:64]}". {hint}'.strip())
    sample = _Sample(site, model, look)
    return _page(site, look, "component", {"gallery": f"/gallery{look.query}", **sample.card(), **sample.outputs()})


def _page(site: Site, look: "_Look", name: str, values: Mapping[str, object]) -> Response:
    html = standalone(
        name,
        {**values, "choices": look.choices([*site.snapshot.settings.locales, _MIRRORED])},
        css=site.renderer.css(),
        scheme=look.scheme,
        direction=look.direction,
    )
    return Response(html, mimetype="text/html", headers={"Content-Security-Policy": _POLICY})


@dataclass(frozen=True, slots=True)
class _Look:
    """How the samples are to be shown; "" leaves it to the language, the system or the workspace."""

    locale: str
    scheme: str
    dir: str

    @classmethod
    def asked(cls, site: Site) -> "_Look":
        """Read the query.

        Raises:
            Failure: 422 for what is no language, scheme or direction.
        """
        locale = request.args.get("locale") or site.snapshot.settings.default_locale
        look = cls(locale, request.args.get("scheme", ""), request.args.get("dir", ""))
        if not _LOCALE.fullmatch(locale) or look.scheme not in _SCHEMES or look.dir not in _DIRECTIONS:
            raise Failure(422, INVALID, "Ask for a locale such as en, for scheme=light or dark, for dir=ltr or rtl.")
        return look

    @property
    def direction(self) -> str:
        return self.dir or direction_of(self.locale)

    @property
    def query(self) -> str:
        given = {"locale": self.locale, "scheme": self.scheme, "dir": self.dir}
        return "?" + urlencode({name: value for name, value in given.items() if value})

    def choices(self, locales: list[str]) -> Mapping[str, list[Mapping[str, object]]]:
        """List the links to all other looks."""
        return {
            "Language": [self._link(locale, locale=locale) for locale in dict.fromkeys(locales)],
            "Colors": [self._link(label, scheme=scheme) for scheme, label in _SCHEMES.items()],
            "Direction": [self._link(label, dir=direction) for direction, label in _DIRECTIONS.items()],
        }

    def _link(self, label: str, **changed: str) -> Mapping[str, object]:
        look = replace(self, **changed)
        return {"label": label, "href": look.query, "current": look == self}


@dataclass(frozen=True)
class _Sample:
    """One component's sample in one look."""

    site: Site
    model: ComponentModel
    look: _Look

    @property
    def channels(self) -> frozenset[str]:
        """Name the outputs that can be shown: none without a sample."""
        return self.model.channels if self.model.sample is not None else frozenset()

    @cached_property
    def body(self) -> Body:
        settings = self.site.snapshot.settings
        body, _ = check_sample(
            self.model,
            schema=self.site.snapshot.schema,
            currency=settings.default_market.currency,
            zone=settings.default_market.zone,
            link_hosts=settings.link_hosts,
        )
        return body

    @cached_property
    def shown(self) -> tuple[Choice, View]:
        currency = self.site.snapshot.settings.default_market.currency
        choice, view = sample_of(self.model, self.body, locale=self.look.locale, currency=currency)
        return with_full_links(_pictured(choice), self.site.letterhead.base_url.rstrip("/")), view

    def card(self) -> dict[str, object]:
        return {
            "key": self.model.key,
            "title": self.model.title,
            "channels": ", ".join(sorted(self.model.channels)),
            "href": f"/gallery/{self.model.key}{self.look.query}",
            "over": self.model.display != "inline",
            "missing": "" if self.channels else 'Its model.json has no "sample" to show.',
            "html": self.html() if "web" in self.channels else None,
        }

    def outputs(self) -> dict[str, object]:
        entries = self.site.snapshot.entries.values()
        return {
            "phone": self.phone() if "web" in self.channels else "",
            "mail": self.mail() if "email" in self.channels else None,
            "blocks": self.blocks() if "app" in self.channels else "",
            "entries": sorted(entry.key for entry in entries if entry.component.key == self.model.key),
        }

    def html(self) -> Markup:
        """Show it on the web, in a slot of its own name, so that no two on a page have the same ids."""
        fragment = self.site.renderer.html(*self.shown, decision="d_sample", slot=self.model.key)
        own = direction_of(self.look.locale)
        return Markup(fragment.replace(f'dir="{own}"', f'dir="{self.look.direction}"', 1))  # noqa: S704 - a template's

    def phone(self) -> str:
        """Write a document of its own, in which the width of the frame is that of the screen."""
        css, look = self.site.renderer.css(), self.look
        values = {"title": self.model.title, "html": self.html()}
        return standalone("bare", values, css=css, scheme=look.scheme, direction=look.direction)

    def mail(self) -> Mail:
        """Write a mail that holds nothing else."""
        choice, view = self.shown
        limit = max(map(len, choice.rails.values()), default=0)
        wanted = Wanted(self.model.key, choice.entry, choice.variant, choice.locale, self.body, limit)
        return compose(
            CompiledEmails(self.site.mails.compiler, [wanted]),
            {"sample": (choice,)},
            view,
            subject=self.model.title,
            preheader="",
            locale=choice.locale,
            decision="d_sample",
            letterhead=self.site.letterhead,
        )

    def blocks(self) -> str:
        choice, view = self.shown
        return json.dumps(self.site.renderer.blocks(choice, view), ensure_ascii=False, indent=2)


def _pictured(choice: Choice) -> Choice:
    """Give sample products a picture; with its host, because a mail puts the shop's before a path."""
    address = f"{request.host_url}gallery/picture.svg"
    return replace(
        choice,
        rails={key: tuple(replace(product, image=address) for product in shown) for key, shown in choice.rails.items()},
        items={sku: replace(product, image=address) for sku, product in choice.items.items()},
    )
