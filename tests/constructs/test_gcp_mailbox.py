"""Who writes and reads a Google Cloud cell's mailbox, read off the synthesized policies."""

import pytest
from support.gcp_cells import CORE, account_of, bindings, cell, runtime, stack, synthesize

from agent_studio.estate import Scope
from agent_studio.estate.errors import StudioError
from agent_studio.estate.names import aws, gcp

POOL = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.core_pool_"


def policy(kind: str, path: str) -> dict[str, set[str]]:
    """The policy of one part of the mailbox."""
    return bindings(stack().at(kind, path)["policy_data"])


def test_the_core_alone_writes_objects_and_replaces_none() -> None:
    """The core adds objects and reads; the runtimes read; nobody may delete or replace."""
    found = policy("google_storage_bucket_iam_policy", "mailbox/inbox/access")
    assert set(found) == {"roles/storage.objectCreator", "roles/storage.objectViewer"}
    (writer,) = found["roles/storage.objectCreator"]
    assert writer.startswith(POOL)
    assert writer.endswith(f"/attribute.aws_role/{aws.role(CORE, 'mailbox')}")
    readers = found["roles/storage.objectViewer"] - {writer}
    assert len(readers) == 3
    assert all(each.startswith(account_of("identity-")) for each in readers)


def test_the_core_alone_writes_parameters() -> None:
    """Bundle, kill epoch and a release a runtime: the core adds versions, the runtimes read."""
    secrets = stack().of("google_secret_manager_secret")
    assert set(secrets) == {
        "mailbox/bundle",
        "mailbox/kill-epoch",
        "mailbox/releases-analyst",
        "mailbox/releases-collector",
        "mailbox/releases-talker",
    }
    for path in secrets:
        found = policy("google_secret_manager_secret_iam_policy", f"{path}-access")
        (writer,) = found["roles/secretmanager.secretVersionAdder"]
        assert writer.startswith(POOL)
        assert len(found["roles/secretmanager.secretAccessor"] - {writer}) == 3
        assert len(found) == 2


def test_parameters_have_one_replica_in_the_region() -> None:
    """No secret is replicated by Google's choice; its one replica is under the cell's key."""
    for each in stack().of("google_secret_manager_secret").values():
        assert set(each["replication"]) == {"user_managed"}
        (replica,) = each["replication"]["user_managed"]["replicas"]
        assert replica["location"] == "europe-west3"
        assert "keys_operations" in replica["customer_managed_encryption"]["kms_key_name"]
        assert each["lifecycle"] == {"prevent_destroy": True}
    assert stack().of("google_secret_manager_secret_version") == {}


def test_runtimes_send_events_and_the_core_takes_them() -> None:
    """The events' topic names the runtimes alone; its subscription the core and Pub/Sub itself."""
    senders = policy("google_pubsub_topic_iam_policy", "mailbox/events/live/access")
    assert set(senders) == {"roles/pubsub.publisher"}
    assert all(
        each.startswith(account_of("identity-")) for each in senders["roles/pubsub.publisher"]
    )
    takers = policy("google_pubsub_subscription_iam_policy", "mailbox/events/readers")
    assert set(takers) == {"roles/pubsub.subscriber"}
    others = {each for each in takers["roles/pubsub.subscriber"] if not each.startswith(POOL)}
    (forwarder,) = others
    assert forwarder.endswith("@gcp-sa-pubsub.iam.gserviceaccount.com")


def test_only_the_cores_two_roles_come_in() -> None:
    """The pool trusts the core's account, and in it the mailbox's and the release's role alone."""
    provider = stack().at("google_iam_workload_identity_pool_provider", "core/provider")
    assert provider["aws"] == {"account_id": CORE.account_id}
    assert set(provider["attribute_mapping"].values()) == {
        "assertion.arn.extract('assumed-role/{role}/')"
    }
    conditions = provider["attribute_condition"].split(" || ")
    assert conditions == [
        f"assertion.arn.startsWith('arn:aws:sts::111111111111:assumed-role/{name}/')"
        for name in (aws.role(CORE, "mailbox"), aws.role(CORE, "release"))
    ]


def test_a_core_on_google_cloud_comes_in_as_its_own_account() -> None:
    """Without AWS there is no pool; the core's service account is named instead."""
    core = Scope(
        studio="acme", stack="core", account_id="acme-core", region="europe-west3", partition=""
    )
    found = synthesize(cell(runtime()), core)
    assert found.of("google_iam_workload_identity_pool") == {}
    inbox = found.at("google_storage_bucket_iam_policy", "mailbox/inbox/access")
    assert bindings(inbox["policy_data"])["roles/storage.objectCreator"] == {
        f"serviceAccount:{gcp.service_account_email(core, 'mailbox')}"
    }


def test_a_core_elsewhere_is_refused() -> None:
    """A core whose identities no cell on Google Cloud knows is refused by name."""
    core = Scope(
        studio="acme",
        stack="core",
        account_id="00000000-0000-4000-8000-000000000001",
        region="westeurope",
        partition="",
    )
    with pytest.raises(StudioError, match="a core on AWS, Google Cloud, or Azure in a tenant"):
        synthesize(cell(runtime()), core)


def test_failed_events_wait_apart_and_are_not_lost() -> None:
    """Five tries, then the dead letters, which a subscription keeps for 14 days and never ends."""
    subscription = stack().at("google_pubsub_subscription", "mailbox/events/subscription")
    assert subscription["dead_letter_policy"]["max_delivery_attempts"] == 5
    assert "mailbox_events_dead" in subscription["dead_letter_policy"]["dead_letter_topic"]
    for path in ("subscription", "dead-letters"):
        each = stack().at("google_pubsub_subscription", f"mailbox/events/{path}")
        assert each["message_retention_duration"] == "1209600s"
        assert each["expiration_policy"] == {"ttl": ""}
        assert each["lifecycle"] == {"prevent_destroy": True}


def test_messages_stay_in_the_region_even_on_their_way() -> None:
    """Topics are pinned to the region, at rest and, but for alarms, in transit, under its key."""
    topics = stack().of("google_pubsub_topic")
    assert len(topics) == 9
    for path, each in topics.items():
        assert each["message_storage_policy"] == {
            "allowed_persistence_regions": ["europe-west3"],
            "enforce_in_transit": path != "logs/alarms/topic/topic",
        }
        assert "keys_operations" in each["kms_key_name"]
        assert each["lifecycle"] == {"prevent_destroy": True}


def test_a_mailbox_without_runtimes_has_no_reader_but_the_core() -> None:
    """A cell that runs nothing yet admits the core alone."""
    empty = synthesize(cell())
    inbox = empty.at("google_storage_bucket_iam_policy", "mailbox/inbox/access")
    members = {each for who in bindings(inbox["policy_data"]).values() for each in who}
    assert len(members) == 1
    events = empty.at("google_pubsub_topic_iam_policy", "mailbox/events/live/access")
    assert bindings(events["policy_data"]) == {}
