"""Terraform with the overlay laid beside the stack, for programs that run Terraform themselves.

`cdktf deploy` writes `cdktf.out/stacks/<stack>/cdk.tf.json` and runs the program that
`TERRAFORM_BINARY_NAME` names there (CDKTF documentation, "Environment Variables"). Named so, a
script that runs `python -m agent_studio.rehearsal.terraform_with_overlay` copies the stack's
override files from `STUDIO_OVERLAY` first, and then becomes Terraform, or the program that
`STUDIO_OVERLAY_PROGRAM` names: `studio-terraform` there gates what is laid over, too.
"""

import os
import shutil
import sys
from pathlib import Path

from agent_studio.estate.errors import StudioError
from agent_studio.rehearsal.states import engine_command


def lay(overlay: Path, stack: Path) -> None:
    """Copy the override files of a stack, which its folder's name tells, beside it.

    Args:
        overlay: the folder of override files: those at its top are for every stack.
        stack: the folder with the stack's `cdk.tf.json`.
    """
    for folder in (overlay, overlay / stack.name):
        for path in sorted(folder.glob("*_override.tf.json")):
            shutil.copyfile(path, stack / path.name)


def main() -> None:
    """Lay the overlay and become Terraform, or what is to stand before it.

    Raises:
        StudioError: `STUDIO_OVERLAY` names no folder.
    """
    overlay = os.environ.get("STUDIO_OVERLAY", "")
    if not overlay or not Path(overlay).is_dir():
        raise StudioError(
            "STUDIO_OVERLAY names no folder",
            found=overlay or "nothing",
            fix="start `studio rehearse --serve` and export what it prints",
        )
    here = Path.cwd()
    if (here / "cdk.tf.json").exists():
        lay(Path(overlay), here)
    program = os.environ.get("STUDIO_OVERLAY_PROGRAM") or engine_command()
    os.execvp(program, [program, *sys.argv[1:]])  # noqa: S606 - it becomes Terraform by design


if __name__ == "__main__":
    main()
