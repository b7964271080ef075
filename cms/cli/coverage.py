"""Printing which segments get offers at which stage: `cms matrix --coverage`."""

import json
from collections.abc import Iterator, Sequence

from cms.proofs.coverage import Coverage, StageCoverage

_LEGEND = """
Numbers: offers that somebody of the segment was seen to get there, of those that stand there.
–: it is proved that nobody of it ever gets one. ?: nobody was seen to. Blank: nobody of it was found there."""


def as_json(coverage: Coverage) -> str:
    stages = [
        {
            "stage": stage.stage,
            "surfaces": stage.surfaces,
            "offers": [{"place": found.slot, "entry": found.entry} for found in sorted(stage.offers)],
            "segments": {segment: _segment_json(stage, segment) for segment in coverage.segments},
            "gaps": stage.gaps,
        }
        for stage in coverage.stages
    ]
    return json.dumps({"stages": stages}, ensure_ascii=False, indent=2)


def _segment_json(stage: StageCoverage, segment: str) -> dict[str, object]:
    reached = [f"{found.slot} {found.entry}" for found in sorted(stage.reached[segment])]
    return {"found": segment in stage.visitors, "reached": reached, "never": segment in stage.gaps}


def as_text(coverage: Coverage) -> str:
    """Write a table, a row for each segment and a column for each stage, and below it who gets nothing."""
    header = ["segment", *(f"{stage.stage} /{len(stage.offers)}" for stage in coverage.stages)]
    rows = [[segment, *(_cell(stage, segment) for stage in coverage.stages)] for segment in coverage.segments]
    return "\n".join([*_aligned([header, *rows]), _LEGEND, "", *_gap_lines(coverage)])


def _cell(stage: StageCoverage, segment: str) -> str:
    reached = len(stage.reached[segment])
    if reached or segment not in stage.visitors:
        return str(reached or "")
    return "–" if segment in stage.gaps else "?"


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *cells in rows:
        yield "  ".join([first.ljust(widths[0]), *map(str.rjust, cells, widths[1:])]).rstrip()


def _gap_lines(coverage: Coverage) -> Iterator[str]:
    gaps = [stage for stage in coverage.stages if stage.gaps]
    yield from (f"{stage.stage}: no offer for {', '.join(stage.gaps)}" for stage in gaps)
    if not gaps:
        yield "Of no segment it is proved that its visitors get no offer at a stage where offers stand."
