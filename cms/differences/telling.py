"""Telling differences: what changes for whom, line by line, for people who write and publish."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from cms.content.edits import DocumentEdit, Part, Reworded, Wording
from cms.content.snapshot import Snapshot
from cms.differences.comparing import Change, Shown
from cms.differences.differences import Differences
from cms.facts.formats import one_line
from cms.proofs.telling import who
from cms.proofs.words import LANGUAGES, words
from cms.segments.phrases import Words, filled

_WORDS: Mapping[str, Words] = {
    "changes": words("Who sees something else:", "哪些访客看到的内容会变："),
    "moved": words("{before} → {after}", "{before} → {after}"),
    "nothing": words("nothing", "无内容"),
    "example": words("for example: {who}", "例如：{who}"),
    "drawn": words("{who}; drawn by experiments as {name}", "{who}，实验分组标识：{name}"),
    "reworded": words("Same visitors, new words:", "访客不变，文案更新："),
    "reworded perhaps": words("New words:", "文案更新："),
    "reworded too": words("New words, and others see them:", "文案更新，看到的访客也有变化："),
    "only one": words("{field}: {before} → {after}", "{field}：{before} → {after}"),
    "quoted": words("“{text}”", "“{text}”"),
    "parts": words("Added and removed:", "新增与删除："),
    "documents": words("Files:", "文件："),
    "none": words("No difference.", "没有差异。"),
    "complete": words("These are all the changes of what any visitor is shown.", "以上是访客所见内容的全部变化。"),
    "nobody": words("Nobody is shown another variant than before.", "没有任何访客看到的版本发生变化。"),
    "nobody there": words(
        "Nobody is shown another variant than before, on pages and in slots that both have.",
        "在双方都有的页面和位置上，没有任何访客看到的版本发生变化。",
    ),
    "open": words(
        "Found by trying {count} visitors on {places}; others may see further changes there. "
        "On all other pages that both have, nobody is shown another variant.",
        "以上结果是在{places}试了{count}位访客得出的，那里可能还有其他变化。"
        "在双方都有的其他页面上，没有任何访客看到的版本发生变化。",
    ),
    "comma": words(", ", "、"),
    "page": words("page {name}", "页面 {name}"),
    "mail": words("mail {name}", "邮件 {name}"),
    "slot": words("slot {name}", "位置 {name}"),
    "place": words("entry {name}", "条目 {name}"),
    "entry": words("entry {name}", "条目 {name}"),
    "variant": words("variant {name}", "版本 {name}"),
    "translation": words("translation {name}", "译文 {name}"),
    "segment": words("segment {name}", "人群 {name}"),
    "added": words("added", "新增"),
    "removed": words("removed", "删除"),
    "changed": words("changed", "修改"),
}
_LONGEST = 90  # signs of a text, before it is cut short
_MARKS = {True: "+", False: "-"}


class DifferenceTeller:
    """Tells differences in one of `LANGUAGES`."""

    def __init__(self, snapshot: Snapshot, language: str, *, now: datetime) -> None:
        self._snapshot = snapshot
        self._language = language
        self._now = now

    def lines(self, found: Differences, edits: Sequence[DocumentEdit]) -> Iterator[str]:
        """Tell all of it, a heading before each kind."""
        moved = [one for one in found.reworded if found.moved(one.name)]
        kept = [one for one in found.reworded if one not in moved]
        yield from self._under("changes", self._changes(found.changes))
        yield from self._under("reworded" if found.is_complete else "reworded perhaps", self._reworded(kept))
        yield from self._under("reworded too", self._reworded(moved))
        yield from self._under("parts", (f"  {self.part(part)}" for part in found.parts))
        yield from self._under("documents", (f"  {self._say(edit.edit)} {edit.path}" for edit in edits))
        is_any = found.changes or found.open or found.reworded or found.parts or edits
        yield self.verdict(found) if is_any else self._say("none")

    def _under(self, heading: str, lines: Iterable[str]) -> Iterator[str]:
        listed = list(lines)
        yield from (self._say(heading), *listed, "") if listed else ()

    def _changes(self, changes: Sequence[Change]) -> Iterator[str]:
        for place, found in groupby(changes, key=lambda change: change.place):
            yield f"  {place}"
            for change in found:
                yield f"    {self.moved(change.moved.before, change.moved.after)}"
                yield f"      {self._say('example', who=self.who(change))}"

    def moved(self, before: Shown, after: Shown) -> str:
        return self._say("moved", before=self._shown(before), after=self._shown(after))

    def _shown(self, names: Shown) -> str:
        return self._say("comma").join(names) or self._say("nothing")

    def who(self, change: Change) -> str:
        """Describe the example; the moment only where it matters, and not that a mail is one."""
        visitor = replace(change.visitor, channel="web" if "email" in change.channels else change.visitor.channel)
        told = who(visitor, self._snapshot, self._language, is_dated=visitor.now != self._now)
        return self._say("drawn", who=told, name=visitor.key) if visitor.key else told

    def _reworded(self, found: Iterable[Reworded]) -> Iterator[str]:
        for one in found:
            yield f"  {one.name} ({one.locale})"
            yield from (f"    {self.wording(wording)}" for wording in one.wordings)

    def wording(self, wording: Wording) -> str:
        before, after = (self._quoted(text) for text in (wording.before, wording.after))
        return self._say("only one", field=wording.field, before=before, after=after)

    def _quoted(self, text: str | None) -> str:
        if text is None:
            return self._say("nothing")
        line = one_line(text)
        short = line if len(line) <= _LONGEST else f"{line[:_LONGEST].rstrip()}…"
        return self._say("quoted", text=short)

    def part(self, part: Part) -> str:
        return f"{_MARKS[part.added]} {self._say(part.kind, name=part.name)}"

    def verdict(self, found: Differences) -> str:
        """Say whether these are all changes, or those that were found."""
        if found.is_complete:
            only_one = any(part.kind in {"page", "mail", "slot"} for part in found.parts)
            return self._say("complete" if found.changes else "nobody there" if only_one else "nobody")
        return self._say("open", count=str(found.tried), places=self._say("comma").join(found.open))

    def _say(self, key: str, **gaps: str) -> str:
        return filled(_WORDS[key][self._language], **gaps)


__all__ = ["LANGUAGES", "DifferenceTeller"]
