"""What is explained are decisions: their worlds serve here too."""

from tests.decisions.conftest import context_of, snapshot_of, surface_of

__all__ = ["context_of", "snapshot_of", "surface_of"]
