"""What people who extend Vitrine test with: the promises of an adapter as a suite. Nothing else of ours imports it."""

from cms.testing.proxy import Proxy
from cms.testing.subject import SentHook, Subject
from cms.testing.suite import PROMISES, AdapterSuite, breaches

__all__ = ["PROMISES", "AdapterSuite", "Proxy", "SentHook", "Subject", "breaches"]
