"""`python -m benchmarks [TABLE ...]`: measure and print Markdown tables, all of them unless some are named."""

import argparse
import os
import platform
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from benchmarks import coherence, deciding, loading, mailing, proving, report, requests_over_http, signals
from benchmarks.deciding import Effort
from benchmarks.engines.engine import ENGINES, OURS
from benchmarks.report import Section

TABLES: Mapping[str, Callable[[Effort], Section]] = {
    "deciding": deciding.beside_peers,
    "store": deciding.in_growing_store,
    "deep": deciding.in_deep_slots,
    "coherence": coherence.section,
    "loading": lambda _: loading.section(),
    "proving": lambda _: proving.section(),
    "http": lambda _: requests_over_http.section(),
    "signals": lambda _: signals.section(),
    "mail": lambda _: mailing.section(),
}
_LIBRARIES = ("flask", "granian", "jinja2", "marshmallow", "mjml-python", "css-inline", "z3-solver")


def main() -> None:
    wanted = _arguments()
    names = wanted.tables or list(TABLES)
    if wanted.tables == ["quick"]:
        print(deciding.quick(Effort(3, 0.2)))
        return
    effort = Effort(wanted.rounds, wanted.seconds, wanted.engines)
    if wanted.write and set(names) != set(TABLES):
        raise SystemExit("--write needs all tables: name none.")
    load, start = _load(), time.monotonic()
    sections = []
    for name in names:
        sections.append(TABLES[name](effort))
        print(sections[-1], flush=True)
    sections.insert(0, report.goals_section(sections))
    about = _about(sections, f"{load} at the start and {_load()} at the end of {time.monotonic() - start:.0f} s")
    print(sections[0], about, sep="\n")
    if wanted.write:
        report.write("\n".join([f"{about}\n", *map(str, sections)]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = ", ".join((*TABLES, "quick"))
    parser.add_argument("tables", nargs="*", choices=[*TABLES, "quick", []], metavar="TABLE", help=names)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.3, help="CPU seconds a round and engine")
    parser.add_argument("--engines", nargs="*", default=list(ENGINES), choices=[n for n in ENGINES if n not in OURS])
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    return parser.parse_args()


def _load() -> str:
    return ", ".join(f"{figure:.1f}" for figure in os.getloadavg())


def _about(sections: list[Section], load: str) -> str:
    libraries = [f"{name} {_version(name)}" for name in _LIBRARIES]
    engines = [engine for section in sections for engine in section.engines]
    now = datetime.now(UTC)  # noqa: TID251 - a report is dated
    return (
        f"{now:%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} cores, load {load}. "
        f"{', '.join(libraries)}. Engines: {', '.join(engines) or 'none'}.\n"
        "Each figure: median (least to most) over the rounds of one run. Quote ratios, not times."
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


if __name__ == "__main__":
    main()
