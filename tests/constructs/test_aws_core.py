"""The core, as the stack of the example estate holds it."""

import json
import re
from pathlib import Path

import pytest
from support.aws_cells import Stack, statements
from support.estates import EXAMPLE, MOST_CELLS, estate_text, synthesized_estate, write_estate

from agent_studio.constructs.aws.core import core_runtime, core_view
from agent_studio.estate import Cloud
from agent_studio.estate.loader import load_estate
from agent_studio.estate.names import aws as names


@pytest.fixture(scope="module")
def stack() -> Stack:
    """The core's stack."""
    return synthesized_estate()["core"]


def test_the_database_is_guarded(stack: Stack) -> None:
    """Two zones, own key, backups, no public address, no deletion, no password of ours."""
    database = stack.at("aws_db_instance", "database/database")
    expected = {
        "engine": "postgres",
        "multi_az": True,
        "storage_encrypted": True,
        "publicly_accessible": False,
        "deletion_protection": True,
        "backup_retention_period": 35,
        "manage_master_user_password": True,
        "iam_database_authentication_enabled": True,
        "performance_insights_enabled": True,
        "copy_tags_to_snapshot": True,
        "skip_final_snapshot": False,
        "lifecycle": {"prevent_destroy": True},
        "enabled_cloudwatch_logs_exports": ["postgresql", "upgrade"],
    }
    assert {name: database.get(name) for name in expected} == expected
    keys = ("kms_key_id", "master_user_secret_kms_key_id", "performance_insights_kms_key_id")
    assert len({database[name] for name in keys}) == 1
    assert "password" not in database
    parameters = stack.at("aws_db_parameter_group", "database/parameters")["parameter"]
    assert {"name": "rds.force_ssl", "value": "1"} in parameters


def test_only_the_service_reaches_the_database(stack: Stack) -> None:
    """The database admits one security group on one port, and its group lets nothing out."""
    admitted = [
        each
        for path, each in stack.of("aws_vpc_security_group_ingress_rule").items()
        if path.startswith("database/")
    ]
    (rule,) = admitted
    assert "service_security-group" in rule["referenced_security_group_id"]
    assert (rule["from_port"], rule["to_port"]) == (45432, 45432)
    assert not [
        path
        for path in stack.of("aws_vpc_security_group_egress_rule")
        if path.startswith("database/")
    ]


def test_the_entrance_is_internal_and_speaks_current_tls(stack: Stack) -> None:
    """One internal listener, TLS 1.2 and 1.3, logged, protected from deletion."""
    balancer = stack.at("aws_lb", "entrance/balancer")
    assert balancer["internal"] is True
    assert balancer["enable_deletion_protection"] is True
    assert balancer["drop_invalid_header_fields"] is True
    assert balancer["access_logs"]["enabled"] is True
    (listener,) = stack.of("aws_lb_listener").values()
    assert (listener["port"], listener["protocol"]) == (443, "HTTPS")
    assert listener["ssl_policy"] == "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
    assert stack.at("aws_acm_certificate", "entrance/certificate")["domain_name"] == (
        "studio.acme.example"
    )
    assert stack.at("aws_lb_target_group", "entrance/target")["protocol"] == "HTTPS"


def test_the_service_runs_with_nothing_to_spare(stack: Stack) -> None:
    """Non-root, read-only, no capability, no secret in its environment; releases own the image."""
    task = stack.at("aws_ecs_task_definition", "service/task")
    (container,) = json.loads(task["container_definitions"])
    assert container["user"] == "65532:65532"
    assert container["readonlyRootFilesystem"] is True
    assert container["privileged"] is False
    assert container["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
    assert not [each for each in container["environment"] if "PASSWORD" in each["name"]]
    cluster = stack.at("aws_ecs_cluster", "service/cluster")
    storage = cluster["configuration"]["managed_storage_configuration"]
    assert storage["fargate_ephemeral_storage_kms_key_id"].startswith("${aws_kms_key.keys_oper")
    service = stack.at("aws_ecs_service", "service/service")
    assert service["lifecycle"]["ignore_changes"] == ["desired_count", "task_definition"]
    assert service["network_configuration"]["assign_public_ip"] is False
    assert service["deployment_circuit_breaker"] == {"enable": True, "rollback": True}


def test_the_core_alone_signs(stack: Stack) -> None:
    """The signing key is asymmetric, and refuses kms:Sign to everyone but the service's role."""
    key = stack.at("aws_kms_key", "signing/key")
    assert (key["key_usage"], key["customer_master_key_spec"]) == ("SIGN_VERIFY", "ECC_NIST_P256")
    denial = statements(key["policy"])["OnlyTheCoreSigns"]
    signer = names.role_arn(load_estate(EXAMPLE).core_scope, "core-task")
    assert (denial["Effect"], denial["Action"]) == ("Deny", ["kms:Sign"])
    assert denial["Condition"] == {"ArnNotEquals": {"aws:PrincipalArn": [signer]}}


def test_the_audit_log_cannot_be_undone(stack: Stack) -> None:
    """Objects are locked, and nothing lets the service delete one."""
    locks = stack.of("aws_s3_bucket_object_lock_configuration")
    assert any(path.startswith("audit/") for path in locks)
    granted = statements(stack.at("aws_iam_role_policy", "service/core-task-policy")["policy"])
    actions = {action for each in granted.values() for action in each["Action"]}
    assert actions == {
        "events:PutEvents",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "kms:GetPublicKey",
        "kms:Sign",
        "rds-db:connect",
        "s3:GetObject",
        "s3:ListBucket",
        "s3:PutObject",
        "sts:AssumeRole",
    }
    assert all(each["Resource"] != ["*"] for each in granted.values())


def test_the_bus_is_archived_and_takes_the_cores_events_alone(stack: Stack) -> None:
    """The bus is encrypted, keeps a year, and refuses PutEvents to everyone but the service."""
    bus = stack.at("aws_cloudwatch_event_bus", "events/bus")
    assert "events_key" in bus["kms_key_identifier"]
    assert stack.at("aws_cloudwatch_event_archive", "events/archive")["retention_days"] == 365
    policy = statements(stack.at("aws_cloudwatch_event_bus_policy", "events/policy")["policy"])
    assert policy["OnlyTheCorePublishes"]["Effect"] == "Deny"


@pytest.mark.parametrize("purpose", ["mailbox", "release"])
def test_the_roles_that_cells_name_are_the_services_alone(stack: Stack, purpose: str) -> None:
    """The role has the name that cells compute, and no principal but the service can take it."""
    place = load_estate(EXAMPLE).core_scope
    role = stack.at("aws_iam_role", f"federation/{purpose}")
    assert role["name"] == names.role(place, purpose)
    trust = statements(role["assume_role_policy"])["OnlyTheCoreService"]
    assert trust["Condition"] == {
        "ArnEquals": {"aws:PrincipalArn": [names.role_arn(place, "core-task")]}
    }


def test_the_mailbox_role_enters_exactly_the_cells_accounts(stack: Stack) -> None:
    """It may take roles of the cells' accounts that bear the door's name, and nothing else."""
    policy = stack.at("aws_iam_policy", "federation/mailbox-EnterCells0")["policy"]
    (grant,) = statements(policy).values()
    assert grant["Action"] == ["sts:AssumeRole"]
    assert grant["Resource"] == [
        "arn:aws:iam::222222222222:role/acme-mailbox-cell-*",
        "arn:aws:iam::333333333333:role/acme-mailbox-cell-*",
    ]
    for cell in load_estate(EXAMPLE).cells:
        if cell.cloud is not Cloud.AWS:
            continue
        door = names.role_arn(cell.scope, "mailbox")
        assert any(door.startswith(each.removesuffix("*")) for each in grant["Resource"])


def test_policies_stay_within_iams_limits() -> None:
    """In an estate of a hundred cells every managed policy still fits IAM's 6,144 characters."""
    core = synthesized_estate(estate_text(100, cells_per_account=1), only="core")["core"]
    sizes = {path: len(each["policy"]) for path, each in core.of("aws_iam_policy").items()}
    assert len([path for path in sizes if "EnterCells" in path]) == 2
    assert max(sizes.values()) <= 6144, sizes
    inline = [len(each["policy"]) for each in core.of("aws_iam_role_policy").values()]
    assert max(inline) <= 10_240
    attached = [path for path in core.of("aws_iam_role_policy_attachment") if "release" in path]
    assert len(attached) <= 10


def test_the_core_connects_to_nothing_but_cells_and_vaults(tmp_path: Path) -> None:
    """Its egress is computed: no wildcard but databases, buckets and registries of a region."""
    estate = load_estate(write_estate(tmp_path / "estate.yaml", MOST_CELLS))
    egress = core_runtime(estate).egress
    wild = [each for each in egress if "*" in each]
    assert "*.eu-west-1.rds.amazonaws.com" in wild
    assert all(re.match(r"\*\.([a-z0-9-]+\.rds|s3|dkr\.ecr)\.", each) for each in wild)
    assert not [each for each in egress if "ap-south-1" in each or "eu-west-2" in each]
    assert "vault.eu.acme.example" in egress
    assert "api.github.com" not in egress
    assert core_view(estate).scope == estate.core_scope
