"""Losing candidates to tell of, and what is told in each language."""

from collections.abc import Callable
from typing import Any

from cms.decisions.decision import Step, Verdict
from cms.explanations.explaining import Explanation
from cms.explanations.telling import Teller
from cms.segments.phrases import LANGUAGES


def lost(**verdict: Any) -> Explanation:
    return Explanation(Step("top", "club", "near", Verdict(**verdict)))


def in_each(told: Callable[[Teller], str]) -> list[str]:
    return [told(Teller({}, language)) for language in LANGUAGES]
