"""Patterns over stack and address: which resources an exception is about."""

import re
from dataclasses import dataclass
from fnmatch import translate
from functools import cached_property

from agent_studio.policies.places import unindexed

LONGEST = 512
"""Characters of a pattern; addresses of the kit's own resources have fewer than 200."""
MOST_STARS = 16
"""`*` in one pattern."""

# A whole segment before a dot: `aws_s3_bucket.` in `aws_s3_bucket.store-*`. The first segment of
# an address in a module or of a data source is no type.
_TYPE = re.compile(r"(?:^|\.)(?!(?:data|module)\.)[a-z][a-z0-9]*(?:_[a-z0-9]+)+\.")


@dataclass(frozen=True)
class Pattern:
    """A pattern such as `cell-aws-*/aws_s3_bucket.store-*`.

    `*` stands for any characters, all else for itself: brackets too, since addresses have them.

    Attributes:
        stack: the part before the first slash.
        address: the part after it; empty for the stack as a whole.
    """

    stack: str
    address: str

    @classmethod
    def of(cls, text: str) -> "Pattern":
        """Read a pattern.

        Raises:
            ValueError: it has no slash or no stack, or is too long; the text says what is allowed.
        """
        stack, slash, address = text.partition("/")
        if not slash or not stack:
            raise ValueError("<stack>/<address>, e.g. `cell-aws-*/aws_s3_bucket.store-*`")
        if len(text) > LONGEST or text.count("*") > MOST_STARS:
            raise ValueError(f"at most {LONGEST} characters and {MOST_STARS} `*`")
        return cls(stack=stack, address=address)

    @property
    def narrow(self) -> bool:
        """Whether it names one stack, or one resource type in full.

        >>> Pattern.of("cell-aws-*/aws_s3_bucket.store-*").narrow, Pattern.of("core/*").narrow
        (True, True)
        >>> Pattern.of("*/*").narrow, Pattern.of("*/aws_*").narrow, Pattern.of("c*/*.*").narrow
        (False, False, False)
        """
        return "*" not in self.stack or bool(_TYPE.search(self.address))

    def names(self, stack: str) -> bool:
        """Whether a stack is meant."""
        return bool(self._stack.match(stack))

    def covers(self, stack: str, address: str) -> bool:
        """Whether a resource is meant; a pattern without index means every instance.

        >>> Pattern.of("core/aws_kms_key.a").covers("core", 'aws_kms_key.a["x/y"]')
        True
        >>> Pattern.of("core/aws_kms_key.a[0]").covers("core", "aws_kms_key.a[1]")
        False
        """
        return self.names(stack) and any(
            self._address.match(text) for text in (address, unindexed(address))
        )

    @cached_property
    def _stack(self) -> re.Pattern[str]:
        return _compiled(self.stack)

    @cached_property
    def _address(self) -> re.Pattern[str]:
        return _compiled(self.address)


def _compiled(text: str) -> re.Pattern[str]:
    # fnmatch's translation backtracks at most once for each `*`, unlike one of our own.
    return re.compile(translate(text.replace("[", "[[]").replace("?", "[?]")))
