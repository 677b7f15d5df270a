"""`python -m agent_studio.bindings`: the build step for a Makefile."""

import argparse
import sys

from agent_studio.bindings.build import build, check, survey
from agent_studio.bindings.errors import BindingsError


def main() -> int:
    """Run one command.

    Returns:
        0 when the bindings are up to date, 1 otherwise.
    """
    parser = argparse.ArgumentParser(prog="python -m agent_studio.bindings", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    building = commands.add_parser("build", help="build and install what is not up to date")
    building.add_argument("--check", action="store_true", help="build nothing; fail if out of date")
    arguments = parser.parse_args()
    try:
        if arguments.check:
            check(survey())
        else:
            build(report=lambda line: print(line, file=sys.stderr))
    except BindingsError as error:
        print(f"error: {error.line}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
