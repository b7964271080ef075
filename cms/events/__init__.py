"""The event log: what visitors were shown, closed and did, kept durably, and the counters of one person.

Nothing decides in here, nothing knows HTTP, and nothing but keys is kept of anybody. Time comes from the caller.
"""

from cms.events.decision_log import DecisionLog
from cms.events.event import Event, Kind
from cms.events.history import Asked
from cms.events.log import EventLog
from cms.events.port import Events
from cms.events.reading import EventShape, read_event
from cms.events.redis_counters import RedisCounters

__all__ = ["Asked", "DecisionLog", "Event", "EventLog", "EventShape", "Events", "Kind", "RedisCounters", "read_event"]
