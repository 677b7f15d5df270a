"""How far exceptions go."""

LONGEST_DAYS = 90
"""How many days ahead an exception may end."""

MOST_ENTRIES = 1000
"""Exceptions in one file."""

NEVER = frozenset(
    {
        # Nothing was judged, or not all of it: there is nothing that one could accept.
        "studio/check-crashed",
        "studio/plan-unfinished",
        "studio/plan-unreadable",
        "studio/stack-unreadable",
        "studio/unknown-stack",
        # What was judged is not what would be applied.
        "studio/plan-foreign",
        "studio/plan-unbound",
        # About the exceptions themselves.
        "studio/exception-unused",
    }
)
"""Controls that admit no exception: without them a verdict says nothing."""
