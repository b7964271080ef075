"""`python -m cms` and the `cms` command."""

import sys
from io import TextIOWrapper

from cms.cli import cli
from cms.errors import CmsError


def main() -> None:
    """Run a command; an operational failure is one line on stderr and exit code 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a console of another encoding than UTF-8 shows \u4eba, no traceback
            stream.reconfigure(errors="backslashreplace")
    try:
        cli(prog_name="cms")
    except CmsError as failure:
        sys.stderr.write(f"cms: {failure.message} [{failure.code}]\n")
        sys.exit(1)
    except OSError as failure:  # a folder that cannot be written, a path that is none: what it names says enough
        sys.stderr.write(f"cms: {_named(failure)} [file-error]\n")
        sys.exit(1)


def _named(failure: OSError) -> str:
    reason = failure.strerror or str(failure)
    return f"{failure.filename}: {reason}" if failure.filename else reason


if __name__ == "__main__":
    main()
