"""The store of releases: immutable states of the workspace, and the one pointer that says which is live.

What a release means is not known here: it is paths, bytes and a hash. Time comes from the caller.
"""

from cms.releases.lastgood import LastGood, read_last_good, write_last_good
from cms.releases.release import Activation, Release
from cms.releases.store import ReleaseStore

__all__ = ["Activation", "LastGood", "Release", "ReleaseStore", "read_last_good", "write_last_good"]
