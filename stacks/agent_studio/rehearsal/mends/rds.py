"""RDS: Performance Insights and the source of a parameter, which moto does not keep; its authority.

Source: Amazon RDS API Reference, `DBInstance` (`PerformanceInsightsEnabled` and its siblings) and
DescribeDBParameters (`Source` is `user` for every parameter that was set); Amazon RDS User Guide,
"Using SSL/TLS to encrypt a connection" (the default authority is `rds-ca-rsa2048-g1`; moto names
none that there is).
"""

from collections.abc import Iterable
from typing import Any

from moto.rds.models import DBInstance, DBParameterGroup, RDSBackend

_DEFAULT_DAYS = 7
_AUTHORITY = "rds-ca-rsa2048-g1"
_create = RDSBackend.create_db_instance
_modify = RDSBackend.modify_db_instance
_update = DBParameterGroup.update_parameters


def _keep_insights(database: DBInstance, asked: dict[str, Any]) -> None:
    enabled = asked.get("enable_performance_insights")
    if enabled is None:
        return
    kept: Any = database
    kept.performance_insights_enabled = bool(enabled)
    kept.performance_insights_kms_key_id = (
        asked.get("performance_insights_kms_key_id") if enabled else None
    )
    kept.performance_insights_retention_period = (
        asked.get("performance_insights_retention_period", _DEFAULT_DAYS) if enabled else None
    )


def _create_with_insights(self: RDSBackend, db_kwargs: dict[str, Any]) -> DBInstance:
    asked = dict(db_kwargs)
    database = _create(self, {"ca_certificate_identifier": _AUTHORITY, **db_kwargs})
    _keep_insights(database, asked)
    return database


def _modify_with_insights(
    self: RDSBackend, db_instance_identifier: str, db_kwargs: dict[str, Any]
) -> DBInstance:
    asked = dict(db_kwargs)
    database = _modify(self, db_instance_identifier, db_kwargs)
    _keep_insights(database, asked)
    return database


def _update_as_user(self: DBParameterGroup, new_parameters: Iterable[dict[str, Any]]) -> None:
    _update(self, [{**parameter, "Source": "user"} for parameter in new_parameters])


RDSBackend.create_db_instance = _create_with_insights  # type: ignore[method-assign]
RDSBackend.modify_db_instance = _modify_with_insights  # type: ignore[method-assign]
DBParameterGroup.update_parameters = _update_as_user  # type: ignore[method-assign]
