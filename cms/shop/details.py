"""What a product is described by, in the order in which people compare; said in every language of the shop."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cms.shop.wording import LOCALES, words_in

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Detail:
    label: Texts
    value: Texts

    def as_json(self) -> dict[str, dict[str, str]]:
        return {"label": dict(self.label), "value": dict(self.value)}


def details_of(record: Mapping[str, Any]) -> tuple[Detail, ...]:
    """Describe a product of the data file: by what it says itself, a plant by its measures and needs."""
    if "details" in record:
        return tuple(Detail(detail["label"], detail["value"]) for detail in record["details"])
    if "fits" in record:
        return (Detail(_said("detail_fits"), _joined(f"size_{size}" for size in record["fits"])),)
    return _of_plant(record) if "care" in record else ()


def _of_plant(record: Mapping[str, Any]) -> tuple[Detail, ...]:
    low, high = record["height"]
    light, water = record["care"]
    return (
        Detail(_said("detail_height"), _said("height_of", low=low, high=high)),
        Detail(_said("detail_pot"), _said("pot_of", width=record["pot"])),
        Detail(_said("detail_light"), _said(f"care_{light}")),
        Detail(_said("detail_water"), _said(f"care_{water}")),
        Detail(_said("detail_pets"), _said("care_pets" if "pet-safe" in record["tags"] else "pets_beware")),
    )


def _said(key: str, **values: object) -> Texts:
    return {locale: words_in(locale)(key, **values) for locale in LOCALES}


def _joined(keys: Any) -> Texts:
    said = [_said(key) for key in keys]
    return {locale: (", " if locale == "en" else "、").join(one[locale] for one in said) for locale in LOCALES}
