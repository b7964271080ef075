"""Owns the way to the shop: the signal client (budget, cache, breaker, pool) and one adapter per commerce system.

What is asked for and in which form stands in `cms.facts.signals`; what an adapter is in `cms.commerce.adapter`. No deciding
here, and nothing of a page.
"""

from cms.commerce.client.joining import Reading
from cms.commerce.client.shared import SharedAnswers
from cms.commerce.client.signal_client import SignalClient
from cms.commerce.connecting import Upstream, adapter_named, connect, only, source_for, upstreams

__all__ = [
    "Reading",
    "SharedAnswers",
    "SignalClient",
    "Upstream",
    "adapter_named",
    "connect",
    "only",
    "source_for",
    "upstreams",
]
