"""The public HTTP API: pages, mails, health. Schemas at the edge, no rule of deciding in here.

No authoring route may exist on this listener.
"""
