"""Policies that only bound what others grant."""

from agent_studio.policies.facts.resources import Resources

_ATTACHMENTS = (
    "aws_iam_role_policy_attachment",
    "aws_iam_user_policy_attachment",
    "aws_iam_group_policy_attachment",
    "aws_iam_policy_attachment",
)


def boundaries(resources: Resources, *, attached: bool = True) -> frozenset[str]:
    """Addresses of the managed policies that are permissions boundaries and attached to nobody.

    A boundary grants nothing by itself (IAM User Guide, "Permissions boundaries for IAM
    entities"): what a role may do stands in its own policies.

    Args:
        resources: the stack's resources.
        attached: whether those that are attached to someone, too, are left out.
    """
    bounding, used = set[str](), set[str]()
    for resource in resources.all.values():
        if resource.type in ("aws_iam_role", "aws_iam_user"):
            bounding |= _meant(resources, resource.values.get("permissions_boundary"))
            for one in resource.values.get("managed_policy_arns") or ():
                used |= _meant(resources, one)
        elif resource.type in _ATTACHMENTS:
            used |= _meant(resources, resource.values.get("policy_arn"))
    return frozenset(bounding - used if attached else bounding)


def _meant(resources: Resources, value: object) -> set[str]:
    referred = resources.referred(value)
    if referred is not None:
        return {referred.address}
    name = str(value).rsplit("/", 1)[-1]
    return {
        resource.address
        for resource in resources.of_type("aws_iam_policy")
        if value and resource.values.get("name") == name
    }
