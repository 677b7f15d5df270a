"""Where a Google Cloud cell's logs go, read off the synthesized stack."""

import json
import re

from support.gcp_cells import bindings, cell, stack, synthesized

from agent_studio.constructs.aws.logs.events import SIGNALS as AWS_SIGNALS
from agent_studio.constructs.gcp.logs import filters
from agent_studio.constructs.gcp.logs.events import SIGNALS


def test_every_log_bucket_lies_in_the_region_under_the_cells_key() -> None:
    """Each runtime and the network have a bucket, kept a year at least and no plan destroys it."""
    buckets = stack().of("google_logging_project_bucket_config")
    assert set(buckets) == {
        "logs/bucket-analyst/bucket",
        "logs/bucket-collector/bucket",
        "logs/bucket-network_logs/bucket",
        "logs/bucket-talker/bucket",
    }
    for each in buckets.values():
        assert each["location"] == "europe-west3"
        assert each["retention_days"] == 365
        assert "keys_operations-access" in each["cmek_settings"]["kms_key_name"]
        assert each["lifecycle"] == {"prevent_destroy": True}


def test_a_sink_feeds_the_bucket_that_was_made() -> None:
    """The computed destination of each sink is the bucket beside it."""
    for path, bucket in stack().of("google_logging_project_bucket_config").items():
        feed = f"{path.removesuffix('/bucket')}/feed"
        assert stack().at("google_logging_project_sink", feed)["destination"] == (
            "logging.googleapis.com/projects/acme-research-de/locations/europe-west3"
            f"/buckets/{bucket['bucket_id']}"
        )


def test_the_default_bucket_keeps_nothing_of_the_cell() -> None:
    """What the cell's sinks take in is left out of the project's bucket that has no region."""
    (left_out,) = stack().of("google_logging_project_exclusion").values()
    for path, sink in stack().of("google_logging_project_sink").items():
        if "network" in path:
            assert sink["filter"] in left_out["filter"]
        else:
            kind = 'resource.type="cloud_run_revision" AND resource.labels.location="europe-west3"'
            assert sink["filter"].startswith(kind)
            assert kind in left_out["filter"]


def test_a_region_whose_name_begins_another_takes_in_its_own_flows_alone() -> None:
    """The network's filter of europe-west1 does not match a zone of europe-west10."""
    pattern = re.search(r'=~"([^"]+)"', filters.of_network(cell(region="europe-west1")))
    assert pattern is not None
    assert re.search(pattern[1], "europe-west1-b")
    assert re.search(pattern[1], "europe-west1")
    assert not re.search(pattern[1], "europe-west10-b")


def test_the_archive_takes_from_its_own_sink_alone() -> None:
    """The archive's policy lets the sink's identity add objects; nobody reads or deletes."""
    policy = stack().at("google_storage_bucket_iam_policy", "logs/archive/store/access")
    found = bindings(policy["policy_data"])
    assert set(found) == {"roles/storage.objectCreator"}
    (writer,) = found["roles/storage.objectCreator"]
    assert re.match(
        r"\$\{google_logging_project_sink\.logs_archive-feed_.*writer_identity}", writer
    )


def test_the_same_events_raise_alarms_as_on_aws() -> None:
    """Every cloud's cells listen for the same events at the same thresholds."""
    assert [(each.id, each.event) for each in SIGNALS] == [
        (each.id, each.event) for each in AWS_SIGNALS
    ]
    for ours, theirs in zip(SIGNALS, AWS_SIGNALS, strict=True):
        assert ours.above < theirs.threshold <= ours.above + 1
        assert ours.period_seconds == theirs.period_seconds


def test_every_signal_raises_an_alarm_on_the_encrypted_topic() -> None:
    """A metric reads each event; its alarm tells the cell's channel, whose topic is encrypted."""
    channel = stack().at("google_monitoring_notification_channel", "logs/alarms/channel")
    assert channel["labels"]["topic"].startswith("${google_pubsub_topic.logs_alarms_topic_")
    for signal in SIGNALS:
        metric = stack().at("google_logging_metric", f"logs/alarms/{signal.id}-metric")
        assert f'jsonPayload.event="{signal.event}"' in metric["filter"]
        alarm = stack().at("google_monitoring_alert_policy", f"logs/alarms/{signal.id}")
        (condition,) = alarm["conditions"]
        assert (
            f"logging.googleapis.com/user/{metric['name']}"
            in (condition["condition_threshold"]["filter"])
        )
        (heard,) = alarm["notification_channels"]
        assert heard.startswith("${google_monitoring_notification_channel.logs_alarms_channel_")
    publishers = stack().at("google_pubsub_topic_iam_policy", "logs/alarms/topic/access")
    assert bindings(publishers["policy_data"]) == {
        "roles/pubsub.publisher": {
            "serviceAccount:service-${data.google_project.project.number}"
            "@gcp-sa-monitoring-notification.iam.gserviceaccount.com"
        }
    }


def test_the_dashboard_shows_every_signal() -> None:
    """The dashboard draws each signal, and the entries of the cell's runtimes if there are any."""
    (drawn,) = stack().of("google_monitoring_dashboard").values()
    widgets = json.loads(drawn["dashboard_json"])["gridLayout"]["widgets"]
    assert [each["title"] for each in widgets] == [
        *(signal.title for signal in SIGNALS),
        "Entries logged",
    ]
    (bare,) = synthesized().of("google_monitoring_dashboard").values()
    assert len(json.loads(bare["dashboard_json"])["gridLayout"]["widgets"]) == len(SIGNALS)
