"""The cdktf app that `cdktf.json` names: `python -m agent_studio.stacks`.

Environment: `STUDIO_ESTATE` (default `regions.yaml`); `STUDIO_STACKS`, stack names separated by
commas (default: every stack); `CDKTF_OUTDIR` (default `cdktf.out`); `STUDIO_DEBUG=1` shows the
traceback of an error that nobody foresaw.
"""

import os
import sys
from pathlib import Path

from agent_studio.bindings import cdk
from agent_studio.bindings.errors import BindingsError
from agent_studio.estate.errors import ExitCode, StudioError


def run() -> int:
    """Synthesize what the environment asks for.

    Returns:
        The process's exit code; each stack that could not be built is one line on stderr.

    Raises:
        StudioError: the estate is invalid, or a stack is unknown or on a cloud without blocks.
        BindingsError: bindings are missing, or STUDIO_CDK is wrong.
    """
    from agent_studio.estate.loader import load_estate
    from agent_studio.stacks.selection import select

    estate = load_estate(Path(os.environ.get("STUDIO_ESTATE") or "regions.yaml"))
    wanted = os.environ.get("STUDIO_STACKS")
    names = None if not wanted else [each.strip() for each in wanted.split(",") if each.strip()]
    chosen = select(estate, names)

    cdk.select()
    from agent_studio.stacks.app import build

    app, failures = build(estate, chosen)
    app.synth()
    for failure in failures:
        _complain(f"{failure.stack}: {_line(failure.error)}")
    return int(ExitCode.ERROR if failures else ExitCode.DONE)


def main() -> int:
    """Run the app; every failure is one line for each problem, never a traceback.

    Returns:
        The process's exit code.
    """
    try:
        return run()
    except StudioError as error:
        for line in error.lines:
            _complain(line.removeprefix("error: "))
        return int(error.exit_code)
    except BindingsError as error:
        _complain(error.line)
    except Exception as error:
        # jsii, cdktf and our own bugs.
        if os.environ.get("STUDIO_DEBUG"):
            raise
        # jsii's clean-up of a Node that never started prints one of its own.
        sys.unraisablehook = _ignore
        _complain(_line(error))
    return int(ExitCode.ERROR)


def _line(error: Exception) -> str:
    if isinstance(error, StudioError):
        return error.line
    first = next((line for line in str(error).splitlines() if line.strip()), "no message")
    return (
        f"the app failed; found {type(error).__name__}: {first.strip()}; "
        "fix: run again with STUDIO_DEBUG=1 and report the traceback"
    )


def _ignore(unraisable: object) -> None:
    del unraisable


def _complain(line: str) -> None:
    sys.stderr.write(f"error: {line}\n")


if __name__ == "__main__":
    sys.exit(main())
