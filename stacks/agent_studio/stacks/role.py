"""The variable that names as whom Terraform runs, in every stack whose provider can be told so."""

from cdktf import TerraformStack, TerraformVariable

ROLE_VARIABLE = "studio_role"
"""Names the account's identity under which Terraform runs: `plan` or `apply`."""


def add_role_variable(stack: TerraformStack, *, description: str) -> None:
    """Add the variable to a stack.

    It is ephemeral: it stands in no plan file, so a plan made as `plan` is applied as `apply`.

    Args:
        stack: the stack.
        description: what the cloud calls such an identity.
    """
    role = TerraformVariable(
        stack,
        ROLE_VARIABLE,
        type="string",
        default="apply",
        nullable=False,
        description=description,
    )
    role.add_override("ephemeral", True)
    role.add_override(
        "validation",
        [
            {
                "condition": f'${{contains(["plan", "apply"], var.{ROLE_VARIABLE})}}',
                "error_message": f"{ROLE_VARIABLE} is plan or apply.",
            }
        ],
    )
