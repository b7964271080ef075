"""Page model: a decided page in the JSON of AEM's Sling Model Exporter, its items in that of Content Fragments."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from cms.components.model import ComponentModel, Field, FieldType
from cms.decisions.decision import Choice
from cms.errors import CmsError
from cms.rendering.filling import filled
from cms.runtime.answers import Answer
from cms.runtime.site import Site

Json = Any

PAGE = "vitrine/components/page"
GRID = "wcm/foundation/components/responsivegrid"
_COLUMNS = 12
_WHOLE_ROW = f"aem-GridColumn aem-GridColumn--default--{_COLUMNS}"
_OBJECT = "application/json"
_TYPES: Mapping[FieldType, str] = {
    FieldType.MARKDOWN: "text/html",
    FieldType.BOOL: "boolean",
    FieldType.INT: "long",
    FieldType.DECIMAL: "double",
    FieldType.PERCENT: "double",
    FieldType.DATETIME: "calendar",
    FieldType.PRODUCT: _OBJECT,
    FieldType.PRODUCTS: _OBJECT,
    FieldType.RAIL: _OBJECT,
    FieldType.GROUP: _OBJECT,
}
_log = logging.getLogger("cms.aem")


def page_model(site: Site, answer: Answer, *, slots: Sequence[str] | None = None) -> dict[str, Json]:
    """Write a page; which slots are asked changes only what is returned."""
    decision = answer.decision
    asked = [key for key in decision.slots if slots is None or key in slots]
    return {
        ":type": PAGE,
        ":path": f"/v1/pages/{decision.page}",
        ":hierarchyType": "page",
        "title": decision.page,
        "language": answer.view.context.locale,
        ":items": {key: _grid(site, answer, key) for key in asked},
        ":itemsOrder": asked,
        ":children": {},
        "vitrine": {
            "page": decision.page,
            "release": site.snapshot.release,
            "sequence": site.sequence,
            "decision": answer.key,
            "stage": decision.stage,
            "degraded": [{"signal": found.signal, "why": found.why} for found in answer.degraded],
            "ttl": answer.ttl_s,
        },
    }


def _grid(site: Site, answer: Answer, slot: str) -> dict[str, Json]:
    items = dict(_items(site, answer, slot))
    return {
        ":type": GRID,
        "gridClassNames": f"aem-Grid aem-Grid--{_COLUMNS} aem-Grid--default--{_COLUMNS}",
        "columnCount": _COLUMNS,
        "columnClassNames": dict.fromkeys(items, _WHOLE_ROW),
        ":items": items,
        ":itemsOrder": list(items),
    }


def _items(site: Site, answer: Answer, slot: str) -> Iterator[tuple[str, Json]]:
    """Write one slot; an item that cannot be filled is left out and logged, the page goes on."""
    for choice in answer.decision.slots[slot]:
        try:
            yield choice.entry, _fragment(choice, answer, site.snapshot.components[choice.component])
        except CmsError as failure:
            _log.error("fragment_failed entry=%s variant=%s code=%s", choice.entry, choice.variant, failure.code)


def _fragment(choice: Choice, answer: Answer, model: ComponentModel) -> dict[str, Json]:
    elements = dict(_elements(model.fields, filled(choice, answer.view)))
    return {
        "id": f"{choice.component}-{choice.entry}",
        ":type": f"vitrine/components/{choice.component}",
        "title": choice.entry,
        "description": "",
        "model": f"vitrine/models/{choice.component}",
        "elements": elements,
        "elementsOrder": list(elements),
        ":items": {},
        ":itemsOrder": [],
        "vitrine": {
            "entry": choice.entry,
            "variant": choice.variant,
            "reason": str(choice.reason),
            "locale": choice.locale,
            "dismissible": choice.dismissible,
        },
    }


def _elements(fields: Mapping[str, Field], content: Mapping[str, Json], before: str = "") -> Iterator[tuple[str, Json]]:
    """Lay fields out flat, as AEM's fragments are: a part of a group is called after both."""
    for name, part in fields.items():
        if name not in content or content[name] is None:
            continue
        value, key = content[name], f"{before}{name}"
        if part.type is FieldType.GROUP:
            yield from _elements(part.fields, value, f"{key}_")
        elif part.type is FieldType.IMAGE:
            yield key, _element(key, FieldType.IMAGE, value["src"])
            yield f"{key}_alt", _element(f"{key}_alt", FieldType.TEXT, value["alt"])
        elif part.item is not None:
            kind = part.item.type
            yield key, _element(key, kind, [_value(kind, each) for each in value], is_list=True)
        else:
            is_list = part.type in {FieldType.PRODUCTS, FieldType.RAIL}
            yield key, _element(key, part.type, _value(part.type, value), is_list=is_list)


def _element(title: str, kind: FieldType, value: Json, *, is_list: bool = False) -> dict[str, Json]:
    name = _TYPES.get(kind, "string")
    data_type = "string" if name in {"text/html", _OBJECT} else name
    return {":type": name, "dataType": data_type, "title": title, "multiValue": is_list, "value": value}


def _value(kind: FieldType, value: Json) -> Json:
    """Give a field's value as AEM's consumers expect one."""
    match kind:
        case FieldType.MARKDOWN:
            return value["html"]
        case FieldType.MONEY:
            return value["text"]
        case FieldType.DATETIME:
            return int(datetime.fromisoformat(value["at"]).timestamp() * 1000)
        case FieldType.RAIL:
            return value["products"]
        case FieldType.IMAGE:
            return value["src"]
    return value
