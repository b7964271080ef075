"""`python -m cms` and the `cms` command."""

import sys

from cms.cli import cli
from cms.errors import CmsError


def main() -> None:
    """Run a command; an operational failure is one line on stderr and exit code 1."""
    try:
        cli(prog_name="cms")
    except CmsError as failure:
        sys.stderr.write(f"cms: {failure.message} [{failure.code}]\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
