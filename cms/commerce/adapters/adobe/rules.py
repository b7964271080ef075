"""Cart price rules told as promotions: thresholds from their conditions, and no rule that says more than we can.

Each function may raise KeyError, TypeError, ValueError or AttributeError on an answer of another shape.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from cms.commerce.adapters.adobe.forms import zone_of
from cms.commerce.keys import distinct
from cms.facts.money import Money, minor_digits

_EVERY_GROUP = 32_000
_COMBINE = "Condition\\Combine"
_ADDRESS = "Condition\\Address"
_WITHOUT_COUPON = frozenset({"NO_COUPON", "1"})
_OFF_EVERYTHING = frozenset({"by_percent", "by_fixed", "cart_fixed"})
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,4})?")
_FREE_SHIPPING = frozenset({"MATCHING_ITEMS_ONLY", "FREE_WITH_MATCHING_ITEMS", "1", "2"})


@dataclass(frozen=True, slots=True)
class Store:
    """A store view: `website` is the id of its website, `currency` its base currency, in which rules are written."""

    website: int
    currency: str
    zone: ZoneInfo


def store_of(configurations: Sequence[Any], code: str) -> Store:
    """Find a store view by its code."""
    found = next(one for one in configurations if one["code"] == code)
    return Store(found["website_id"], found["base_currency_code"], zone_of(found["timezone"]))


def rule_keys(rules: Sequence[Any]) -> dict[str, str]:
    """Name rules by id, in the order of their ids, so that a key stays what it is."""
    ordered = sorted(rules, key=lambda rule: int(rule["rule_id"]))
    keys = distinct(rule.get("name") or f"rule {rule['rule_id']}" for rule in ordered)
    return {str(rule["rule_id"]): key for rule, key in zip(ordered, keys, strict=True)}


def promotions_form(
    rules: Sequence[Any], groups: Mapping[str, str], store: Store, now: datetime, *, with_tax: bool
) -> dict[str, Any]:
    """Tell the rules that run now, need no coupon and can be said whole; `groups` are keys by id."""
    keys, today = rule_keys(rules), now.astimezone(store.zone).date()
    told = []
    for rule in rules:
        amounts = _amounts(rule, with_tax=with_tax) if _runs(rule, store, today) else None
        if amounts is not None:
            told.append({"key": keys[str(rule["rule_id"])]} | _promotion(rule, amounts, groups, store.currency))
    return {"promotions": told}


def _runs(rule: Any, store: Store, today: date) -> bool:
    starts, ends = (_day(rule.get(name)) for name in ("from_date", "to_date"))
    in_time = (starts is None or starts <= today) and (ends is None or today <= ends)
    return (
        rule["is_active"] is True
        and in_time
        and store.website in rule["website_ids"]
        and bool(rule["customer_group_ids"])
        and str(rule["coupon_type"]) in _WITHOUT_COUPON
        and not rule["uses_per_customer"]  # who has used it up is not told
        and rule.get("simple_action") in _OFF_EVERYTHING
        and rule["discount_step"] <= 1
        and not rule.get("discount_qty")  # of so many pieces only
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def _amounts(rule: Any, *, with_tax: bool) -> list[str] | None:
    """Give the subtotals that a rule asks for; None where it asks for anything else."""
    if any((rule.get("action_condition") or {}).get("conditions") or []):
        return None  # its benefit is for some products only
    seen = "base_subtotal_total_incl_tax" if with_tax else "base_subtotal"
    amounts = []
    for leaf in _leaves(rule.get("condition")):
        if leaf is None or leaf.get("attribute_name") != seen or leaf["operator"] != ">=":
            return None
        if not _AMOUNT.fullmatch(str(leaf["value"])):
            return None  # a slip of the merchant's costs no other rule
        amounts.append(str(leaf["value"]))
    return amounts


def _leaves(condition: Any) -> Iterator[Any]:
    """Walk conditions of which all must hold; None stands for those that mean something else."""
    if not condition:
        return
    if condition["condition_type"].endswith(_ADDRESS):
        yield condition
        return
    inner = condition.get("conditions") or []
    holds = str(condition["value"]) in ("1", "true", "True")
    all_of = condition.get("aggregator_type") == "all" or len(inner) < 2
    if not (condition["condition_type"].endswith(_COMBINE) and holds and all_of):
        yield None
        return
    for one in inner:
        yield from _leaves(one)


def _promotion(rule: Any, amounts: Sequence[str], groups: Mapping[str, str], currency: str) -> dict[str, Any]:
    threshold = max(map(Fraction, amounts), default=Fraction())
    return {
        "tiers": [{"threshold": _threshold(threshold, currency), "percent": _percent(rule)}] if amounts else [],
        "free_shipping": str(rule.get("simple_free_shipping")) in _FREE_SHIPPING,
        "groups": _limited_to(rule["customer_group_ids"], groups),
    }


def _percent(rule: Any) -> int | None:
    percent = rule["discount_amount"]
    is_told = rule["simple_action"] == "by_percent" and 0 < percent <= 100 and percent == int(percent)
    return int(percent) if is_told else None


def _threshold(amount: Fraction, currency: str) -> dict[str, str]:
    exact = amount * 10 ** minor_digits(currency)
    return {"amount": Money.rounded(exact, currency).amount, "currency": currency}


def _limited_to(ids: Sequence[int], groups: Mapping[str, str]) -> list[str]:
    """Name the groups a rule is limited to; none where it is for all."""
    named = set(map(str, ids))
    if str(_EVERY_GROUP) in named or named >= groups.keys():
        return []
    return sorted(groups.get(one, f"group-{one}") for one in named)
