"""How one provider module is spelt in Python, in jsii and on disk."""

import re

FRAMEWORK_PREFIX = {"cdktf": "cdktf_cdktf_provider_", "cdktn": "cdktn_provider_"}

# `cdktf_cdktf_provider_aws.s3_bucket`: the framework's prefix, the cloud, and the module, if any.
BINDING_NAME = re.compile(
    r"(?P<package>(?P<prefix>cdktf_cdktf_provider_|cdktn_provider_)(?P<cloud>[a-z0-9]+))"
    r"(?:\.(?P<module>\w+))?(?:\..*)?"
)


def fold(name: str) -> str:
    """Give the form under which all spellings of one submodule are equal.

    jsii names a submodule `s3Bucket`, Python `s3_bucket`, and its JavaScript folder is
    `s3-bucket`.

    Args:
        name: a submodule's name in any of the three.

    Returns:
        The name without case, `-` and `_`.

    >>> fold("s3_bucket") == fold("s3Bucket") == fold("s3-bucket")
    True
    """
    return name.replace("-", "").replace("_", "").lower()
