"""The event log: what visitors were shown, closed and did, kept durably, and the counters of one visitor.

Nothing decides in here, nothing knows HTTP, and nothing but keys is kept of anybody. Time comes from the caller.
"""

from cms.events.event import Event, Kind
from cms.events.log import EventLog
from cms.events.reading import EventShape, read_event

__all__ = ["Event", "EventLog", "EventShape", "Kind", "read_event"]
