"""Owns the way to the shop: the signal client (budget, cache, breaker, pool) and one adapter per commerce system.

What is asked for and in which form stands in `cms.facts.signals`; what an adapter is in `cms.commerce.adapter`. No deciding
here, and nothing of a page.
"""

from cms.commerce.client.signal_client import Reading, SignalClient
from cms.commerce.connecting import Upstream, adapters, connect, source_for, upstreams

__all__ = ["Reading", "SignalClient", "Upstream", "adapters", "connect", "source_for", "upstreams"]
