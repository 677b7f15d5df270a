"""Policies that only bound what others grant."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent_studio.policies.facts.resources import Resources

_ATTACHMENTS = (
    "aws_iam_role_policy_attachment",
    "aws_iam_user_policy_attachment",
    "aws_iam_group_policy_attachment",
    "aws_iam_policy_attachment",
)


def bounding(resources: "Resources") -> frozenset[str]:
    """Addresses of the managed policies that are someone's permissions boundary."""
    return frozenset(
        address
        for resource in resources.of_type("aws_iam_role", "aws_iam_user")
        for address in _meant(resources, resource.values.get("permissions_boundary"))
    )


def attached(resources: "Resources") -> frozenset[str]:
    """Addresses of the managed policies that are attached to someone."""
    values = [one.values.get("policy_arn") for one in resources.of_type(*_ATTACHMENTS)]
    for one in resources.of_type("aws_iam_role", "aws_iam_user"):
        values += one.values.get("managed_policy_arns") or ()
    return frozenset(address for value in values for address in _meant(resources, value))


def _meant(resources: "Resources", value: object) -> set[str]:
    referred = resources.referred(value)
    if referred is not None:
        return {referred.address}
    name = str(value).rsplit("/", 1)[-1]
    return {
        resource.address
        for resource in resources.of_type("aws_iam_policy")
        if value and resource.values.get("name") == name
    }
