"""The part of the stacks' addresses and names that is an external contract.

`python -m support.inventory`, run in `tests/`, writes the file that the tests compare with.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from support.aws_cells import Stack
from support.estates import synthesized_estate

COMMAND = "cd tests && ../.venv/bin/python -m support.inventory"
FILE = Path(__file__).parents[1] / "stacks" / "addresses.json"

_NAMED = {
    "aws_cloudtrail": "name",
    "aws_cloudwatch_event_bus": "name",
    "aws_cloudwatch_log_group": "name",
    "aws_db_instance": "identifier",
    "aws_ecr_repository": "name",
    "aws_ecs_cluster": "name",
    "aws_ecs_service": "name",
    "aws_iam_role": "name",
    "aws_kms_alias": "name",
    "aws_lb": "name",
    "aws_route53_zone": "name",
    "aws_s3_bucket": "bucket",
    "aws_sqs_queue": "name",
    "aws_ssm_parameter": "name",
    "azurerm_cognitive_account": "name",
    "azurerm_container_app": "name",
    "azurerm_container_app_environment": "name",
    "azurerm_container_registry": "name",
    "azurerm_key_vault": "name",
    "azurerm_key_vault_key": "name",
    "azurerm_log_analytics_cluster": "name",
    "azurerm_log_analytics_workspace": "name",
    "azurerm_resource_group": "name",
    "azurerm_servicebus_namespace": "name",
    "azurerm_servicebus_queue": "name",
    "azurerm_storage_account": "name",
    "azurerm_storage_container": "name",
    "azurerm_user_assigned_identity": "name",
    "google_artifact_registry_repository": "repository_id",
    "google_cloud_run_v2_service": "name",
    "google_kms_crypto_key": "name",
    "google_kms_key_ring": "name",
    "google_logging_project_bucket_config": "bucket_id",
    "google_pubsub_subscription": "name",
    "google_pubsub_topic": "name",
    "google_secret_manager_secret": "secret_id",
    "google_service_account": "account_id",
    "google_storage_bucket": "name",
    "vault_jwt_auth_backend": "path",
    "vault_jwt_auth_backend_role": "role_name",
    "vault_mount": "path",
    "vault_namespace": "path",
    "vault_policy": "name",
    "vault_transit_secret_backend_key": "name",
}
"""What other stacks, releases or people address by name, or what would lose data when replaced."""

_UNNAMED = (
    "aws_kms_key",
    "aws_subnet",
    "aws_vpc",
    "azurerm_subnet",
    "azurerm_virtual_network",
    "google_compute_network",
    "google_compute_subnetwork",
)
"""What everything else in a stack stands on; identified by its address alone."""


def inventory(stacks: Mapping[str, Stack]) -> dict[str, dict[str, str]]:
    """Give stack -> Terraform address -> name."""
    return {
        name: {
            f"{kind}.{address}": str(body.get(argument, "")) if argument else ""
            for kind, argument in [*_NAMED.items(), *((each, None) for each in _UNNAMED)]
            for address, body in stack.document["resource"].get(kind, {}).items()
        }
        for name, stack in stacks.items()
    }


if __name__ == "__main__":
    FILE.write_text(
        json.dumps(inventory(synthesized_estate()), indent=1, sort_keys=True) + "\n", "utf-8"
    )
