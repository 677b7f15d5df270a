"""The cdktf app that `cdktf.json` names: `python -m agent_studio.stacks`.

Environment: `STUDIO_ESTATE` (default `regions.yaml`); `STUDIO_STACKS`, stack names separated by
commas (default: every stack); `CDKTF_OUTDIR` (default `cdktf.out`); `STUDIO_DEBUG=1` shows the
traceback of an error that nobody foresaw.
"""

import os
import sys
from pathlib import Path

from agent_studio.bindings import cdk
from agent_studio.estate.errors import ExitCode, StudioError


def run() -> None:
    """Synthesize what the environment asks for.

    Raises:
        StudioError: the estate is invalid, a stack is unknown or on a cloud without blocks, or
            bindings are missing.
    """
    from agent_studio.estate.loader import load_estate
    from agent_studio.stacks.selection import select

    estate = load_estate(Path(os.environ.get("STUDIO_ESTATE") or "regions.yaml"))
    wanted = os.environ.get("STUDIO_STACKS")
    names = None if not wanted else [each.strip() for each in wanted.split(",") if each.strip()]
    chosen = select(estate, names)

    cdk.select()
    from agent_studio.stacks.app import build

    build(estate, chosen).synth()


def main() -> int:
    """Run the app; every failure is one line for each problem, never a traceback.

    Returns:
        The process's exit code.
    """
    try:
        run()
    except StudioError as error:
        for line in getattr(error, "lines", (error.line,)):
            sys.stderr.write(f"error: {line}\n")
        return int(error.exit_code)
    except Exception as error:
        if os.environ.get("STUDIO_DEBUG"):
            raise
        first = next((line for line in str(error).splitlines() if line.strip()), "no message")
        sys.stderr.write(
            f"error: the app failed; found {type(error).__name__}: {first.strip()}; "
            "fix: run again with STUDIO_DEBUG=1 and report the traceback\n"
        )
        return int(ExitCode.ERROR)
    return int(ExitCode.DONE)


if __name__ == "__main__":
    sys.exit(main())
