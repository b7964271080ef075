"""The file format: authored files become plain data whose every value knows its line and column.

No kind is judged here: what a field or a rule means belongs to `components`, `segments` and `content`.
"""

from cms.workspace.canonical import canonical, digest, release_id
from cms.workspace.documents import Document, Workspace
from cms.workspace.folders import FolderFiles, find_root, read_folder
from cms.workspace.layout import KINDS, ROOTS
from cms.workspace.positions import Position
from cms.workspace.reading import read_workspace

__all__ = [
    "KINDS",
    "ROOTS",
    "Document",
    "FolderFiles",
    "Position",
    "Workspace",
    "canonical",
    "digest",
    "find_root",
    "read_folder",
    "read_workspace",
    "release_id",
]
