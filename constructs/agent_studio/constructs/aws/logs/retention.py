"""How long CloudWatch Logs can keep a log group."""

_DAYS = (365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
"""From a year up, the only terms that CloudWatch Logs takes (API, PutRetentionPolicy)."""


def log_group_days(days: int) -> int:
    """Give the shortest term of CloudWatch Logs, in days, that is at least `days`.

    >>> log_group_days(366)
    400
    """
    return next(term for term in _DAYS if term >= days)
