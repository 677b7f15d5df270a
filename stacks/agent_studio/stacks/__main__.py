"""The cdktf app: `python -m agent_studio.stacks`.

`cdktf.json` names `python -m agent_studio.delivery.app`, which is the same with the gate's static
decisions after it.

Environment: `STUDIO_ESTATE` (default `regions.yaml`); `STUDIO_STACKS`, stack names separated by
commas (default: every stack); `CDKTF_OUTDIR` (default `cdktf.out`); `STUDIO_DEBUG=1` shows the
traceback of an error that nobody foresaw.
"""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from agent_studio.bindings import cdk
from agent_studio.bindings.errors import BindingsError
from agent_studio.estate import Estate
from agent_studio.estate.errors import ExitCode, StudioError, printable

Refuse = Callable[[Estate, Path, Path, Sequence[str]], Sequence[str]]
"""Takes away the stacks that may not be: of an estate, read from a file, in an output folder, those
that were synthesized. Gives a line for each reason."""


def run(refuse: Refuse | None = None) -> int:
    """Synthesize what the environment asks for.

    Args:
        refuse: what has the last word on the synthesized stacks.

    Returns:
        The process's exit code; each stack that could not be built, and each reason why one may
        not be, is one line on stderr.

    Raises:
        StudioError: the estate is invalid, or a stack is unknown or on a cloud without blocks.
        BindingsError: bindings are missing, or STUDIO_CDK is wrong.
    """
    from agent_studio.estate.loader import load_estate
    from agent_studio.stacks.selection import select

    estate_file = Path(os.environ.get("STUDIO_ESTATE") or "regions.yaml")
    estate = load_estate(estate_file)
    wanted = os.environ.get("STUDIO_STACKS")
    names = None if not wanted else [each.strip() for each in wanted.split(",") if each.strip()]
    chosen = select(estate, names)

    cdk.select()
    from agent_studio.stacks import sources
    from agent_studio.stacks.app import build

    with sources.recorded() as recorded:
        app, failures = build(estate, chosen)
    app.synth()
    out = Path(app.outdir)
    sources.write(recorded, out)
    for failure in failures:
        _complain(f"{failure.stack}: {_line(failure.error)}")
    failed = {failure.stack for failure in failures}
    built = [ref.name for ref in chosen if ref.name not in failed]
    reasons = refuse(estate, estate_file, out, built) if refuse else ()
    for reason in reasons:
        _complain(printable(reason))
    if failures:
        return int(ExitCode.ERROR)
    return int(ExitCode.DENIED if reasons else ExitCode.DONE)


def main(refuse: Refuse | None = None) -> int:
    """Run the app; every failure is one line for each problem, never a traceback.

    Args:
        refuse: what has the last word on the synthesized stacks.

    Returns:
        The process's exit code.
    """
    try:
        return run(refuse)
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
