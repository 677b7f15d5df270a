"""Who reads and who writes a cell's mailbox, read off the synthesized stack."""

from support.aws_cells import (
    COLLECTOR,
    Stack,
    actions,
    resources_of,
    runtime,
    statements,
    synthesized,
)

ANALYST = runtime()
DOOR = "arn:aws:iam::222222222222:role/acme-mailbox-cell-aws-eu-west-1-payments-eu-eu-west-1-"


def stack() -> Stack:
    """The stack of a cell with two runtimes."""
    return synthesized(ANALYST, COLLECTOR)


def test_only_the_cores_mailbox_role_comes_in() -> None:
    """The door trusts one role of the core's account, for this cell by name."""
    role = stack().at("aws_iam_role", "mailbox/door")
    trust = statements(role["assume_role_policy"])["CoreComesIn"]
    assert trust["Principal"] == {"AWS": ["arn:aws:iam::111111111111:root"]}
    (core,) = trust["Condition"]["ArnEquals"]["aws:PrincipalArn"]
    assert core.startswith("arn:aws:iam::111111111111:role/acme-mailbox-core-eu-west-1-")
    assert trust["Condition"]["StringEquals"] == {"sts:ExternalId": ["aws-eu-west-1-payments-eu"]}


def test_the_door_leads_to_the_mailbox_alone() -> None:
    """The core's role writes objects and parameters and takes events, and nothing else."""
    policy = stack().at("aws_iam_role_policy", "mailbox/door-policy")["policy"]
    assert {each.partition(":")[0] for each in actions(policy)} == {"s3", "ssm", "sqs", "kms"}
    assert not any("*" in each for each in actions(policy))
    assert "sqs:SendMessage" not in actions(policy)
    assert all("/mailbox/" in each for each in resources_of(policy, "ssm:PutParameter"))


def test_the_bucket_refuses_writers_but_the_core() -> None:
    """Whatever an own policy grants, only the door writes, and nobody removes a version."""
    found = statements(stack().at("aws_s3_bucket_policy", "mailbox/inbox/policy")["policy"])
    writes = found["DenyWritesButFromTheCore"]
    assert writes["Principal"] == "*"
    assert {"s3:PutObject*", "s3:DeleteObject*"} <= set(writes["Action"])
    (writer,) = writes["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
    assert writer.startswith(DOOR)
    assert "Condition" not in found["DenyRemovingVersions"]


def test_the_bucket_refuses_readers_but_the_cells_runtimes() -> None:
    """Only the door and the task roles of the cell's runtimes read objects."""
    found = statements(stack().at("aws_s3_bucket_policy", "mailbox/inbox/policy")["policy"])
    readers = found["DenyReadsButFromTheCell"]["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
    names = {
        role["name"]
        for path, role in stack().of("aws_iam_role").items()
        if path in {"mailbox/door", "identity-analyst/task", "identity-collector/task"}
    }
    assert {each.rpartition("/")[2] for each in readers} == names


def test_the_bucket_and_the_queues_refuse_plain_http() -> None:
    """Every call without TLS is refused."""
    found = statements(stack().at("aws_s3_bucket_policy", "mailbox/inbox/policy")["policy"])
    assert found["DenyPlainHttp"]["Condition"] == {"Bool": {"aws:SecureTransport": ["false"]}}
    queues = stack().of("aws_sqs_queue")
    assert len(queues) == 6
    for path, queue in queues.items():
        denial = statements(queue["policy"])["DenyPlainHttp"]
        assert (denial["Effect"], denial["Principal"]) == ("Deny", "*"), path
        assert denial["Resource"] == [f"arn:aws:sqs:eu-west-1:222222222222:{queue['name']}"]


def test_runtimes_send_events_and_the_core_takes_them() -> None:
    """The events queue refuses other senders than task roles, and other takers than the door."""
    found = statements(stack().at("aws_sqs_queue", "mailbox/events/queue")["policy"])
    senders = found["DenySendingButFromTheCell"]["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
    assert all("-task-" in each for each in senders)
    assert len(senders) == 2
    takers = found["DenyTakingButByTheCore"]["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
    assert [each.startswith(DOOR) for each in takers] == [True]


def test_parameters_are_made_encrypted_and_then_left_alone() -> None:
    """Bundle, kill epoch and a release a runtime: made once, encrypted, never written again."""
    parameters = stack().of("aws_ssm_parameter")
    prefix = "/acme/cell-aws-eu-west-1-payments-eu/mailbox"
    assert {each["name"] for each in parameters.values()} == {
        f"{prefix}/bundle",
        f"{prefix}/kill-epoch",
        f"{prefix}/releases/analyst",
        f"{prefix}/releases/collector",
    }
    for each in parameters.values():
        assert each["type"] == "SecureString"
        assert each["key_id"].startswith("${aws_kms_key.keys_operations_")
        assert each["value"] == "unset"
        assert each["lifecycle"] == {"ignore_changes": ["value"], "prevent_destroy": True}


def test_failed_events_wait_apart_and_are_not_lost() -> None:
    """Five tries, then the dead-letter queue, which takes from this queue alone for 14 days."""
    queue = stack().at("aws_sqs_queue", "mailbox/events/queue")
    dead = stack().at("aws_sqs_queue", "mailbox/events/dead")
    assert '"maxReceiveCount":5' in queue["redrive_policy"]
    assert "aws_sqs_queue.mailbox_events_dead" in queue["redrive_policy"]
    assert queue["name"] in dead["redrive_allow_policy"]
    assert (queue["message_retention_seconds"], dead["message_retention_seconds"]) == (
        1_209_600,
        1_209_600,
    )
    assert queue["kms_master_key_id"].startswith("${aws_kms_key.keys_operations_")


def test_a_mailbox_without_runtimes_has_no_reader_but_the_core() -> None:
    """A cell that runs nothing yet gets valid policies, with no empty list in them."""
    empty = synthesized()
    queue = empty.at("aws_sqs_queue", "mailbox/events/queue")
    assert '"aws:PrincipalArn":[]' not in queue["policy"]
    assert len(empty.of("aws_ssm_parameter")) == 2
