"""`python -m benchmarks`: measure and print Markdown tables."""

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version

from benchmarks import deciding, mailing, requests_over_http
from benchmarks.timing import Compared

_LIBRARIES = ("flask", "granian", "jinja2", "marshmallow", "mjml-python", "css-inline")


def main() -> None:
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    load = ", ".join(f"{figure:.1f}" for figure in os.getloadavg())
    print(f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {libraries}; load at the start {load}.")  # noqa: TID251
    print("Each figure: median (least to most) over rounds of one run. Quote ratios, not times.")
    _print_compared("Deciding a page: 12 slots, 5 variants each", "x by hand", deciding.measured())
    served, left_out = requests_over_http.measured()
    print(
        "\n### A page request over HTTP\n\n| target | server CPU µs | x ready bytes | requests/s |\n|---|---|---|---|"
    )
    for name, row in served.items():
        print(f"| {name} | {row.microseconds} | {row.ratio} | {row.per_second} |")
    for reason in left_out:
        print(f"\n{reason}")
    _print_compared("A mail for one recipient", "x compiled release", mailing.measured())


def _print_compared(title: str, ratio: str, rows: Mapping[str, Compared]) -> None:
    print(f"\n### {title}\n\n| way | CPU µs | {ratio} |\n|---|---|---|")
    for name, row in rows.items():
        print(f"| {name} | {row.microseconds} | {row.ratio} |")


if __name__ == "__main__":
    main()
