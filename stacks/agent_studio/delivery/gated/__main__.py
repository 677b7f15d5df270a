"""`studio-terraform`: what `TERRAFORM_BINARY_NAME` names, so that `cdktf deploy` is gated.

Every command goes to the real engine as it is, but `apply`, `destroy` and `refresh`: their plan is
made first, judged, and applied only if the gate allows it. Environment: `STUDIO_TERRAFORM` (the
engine), `STUDIO_ESTATE`, `STUDIO_STATE_DIR`; `STUDIO_DEBUG=1` shows the traceback of an error that
nobody foresaw.
"""

import os
import signal
import sys
from pathlib import Path

from agent_studio.delivery.gated import call as calls
from agent_studio.delivery.gated import engine as engines
from agent_studio.estate.errors import ExitCode, StudioError


def run(words: list[str]) -> int:
    """Pass a command through, or gate it.

    Args:
        words: the program's arguments.

    Returns:
        The exit status where this process does not become the engine.

    Raises:
        StudioError: the gate denies, or can't judge; or no engine is found.
    """
    environment = dict(os.environ)
    call = calls.read(words, environment, Path.cwd())
    if isinstance(call, calls.Pass):
        if not call.keep_arguments:
            environment = calls.without_arguments(environment)
        engines.become(engines.find(), call.words, environment)
    from agent_studio.delivery.gated.deploy import deploy

    return deploy(call, calls.without_arguments(environment))


def main() -> int:
    """Run the program; every failure is one line for each problem, and applies nothing.

    Returns:
        The process's exit status.
    """
    if os.environ.get(engines.LOOKING):
        sys.stderr.write("error: studio-terraform is not an engine itself\n")
        return int(ExitCode.ERROR)
    try:
        return run(sys.argv[1:])
    except StudioError as error:
        sys.stderr.write("\n".join(error.lines) + "\n")
        return int(error.exit_code)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except Exception as error:
        if os.environ.get("STUDIO_DEBUG"):
            raise
        sys.stderr.write(
            f"error: studio-terraform failed and applied nothing; found {type(error).__name__};"
            " fix: run again with STUDIO_DEBUG=1 and report the traceback\n"
        )
        return int(ExitCode.ERROR)


if __name__ == "__main__":
    sys.exit(main())
