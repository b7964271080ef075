"""Feeds: checked for what they name; served from a later version on."""

from cms.content.context import Compilation
from cms.problems import did_you_mean


def check_feeds(compilation: Compilation) -> None:
    for document in compilation.workspace.of_kind("feed").values():
        data = compilation.shaped(document)
        if "component" in data:
            compilation.refer(document, "component", data["component"], "/component")
        for index, segment in enumerate(data.get("segments", ())):
            compilation.refer(document, "segment", segment, f"/segments/{index}")
        for index, locale in enumerate(data.get("locales", ())):
            if locale not in compilation.settings.locales:
                suggestion = did_you_mean(locale, compilation.settings.locales)
                compilation.findings.error(
                    document, "unknown-locale", f'No locale "{locale}".', f"/locales/{index}", suggestion
                )
