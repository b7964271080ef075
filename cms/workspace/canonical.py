"""One spelling of every authored file, so that equal content has equal bytes and one hash."""

import json
import re
from collections.abc import Collection, Mapping
from hashlib import sha256

from cms.workspace.json_text import parse_json

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s"]+|\s+')


def canonical(files: Mapping[str, bytes], sound: Collection[str] = ()) -> dict[str, bytes]:
    """Spell each file canonically, sorted by path; `sound` are those known to be valid, which saves reading them again.

    JSON: compact, keys in the order of the author, number literals as written, characters unescaped.
    Other text: LF line ends, no byte order mark. What is no valid JSON or text stays as it is.
    """
    return {path: _canonical_file(path, files[path], is_sound=path in sound) for path in sorted(files)}


def _canonical_file(path: str, raw: bytes, *, is_sound: bool) -> bytes:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw
    if path.endswith(".json"):
        return raw if not is_sound and parse_json(text).problems else _compact(text).encode("utf-8")
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").encode("utf-8")


def _compact(text: str) -> str:
    return "".join(_spell(token) for token in _TOKEN.findall(text))


def _spell(token: str) -> str:
    if token[0] == '"':
        if "\\" not in token:
            return token
        return json.dumps(json.loads(token), ensure_ascii=False)
    return "" if token.isspace() else token


def digest(canonical_files: Mapping[str, bytes]) -> str:
    """Hash files that are canonical already: SHA-256 over sorted, length-prefixed paths and bytes."""
    hashed = sha256()
    for path in sorted(canonical_files):
        for part in (path.encode("utf-8", "surrogatepass"), canonical_files[path]):
            hashed.update(len(part).to_bytes(8, "big"))
            hashed.update(part)
    return hashed.hexdigest()


def release_id(files: Mapping[str, bytes], sound: Collection[str] = ()) -> str:
    """Name a state of the workspace; equal content has an equal name, whoever wrote it on whatever system.

    Args:
        files: All of it, by path.
        sound: Those known to be valid.
    """
    return digest(canonical(files, sound))
