"""SQS: attributes that moto drops or gives back as another type than they were sent.

Source: SQS API Reference, SetQueueAttributes: attribute values are strings that come back as they
were set, and attributes that a call leaves out stay as they are: moto drops `Policy` with each
call that does not name it. `RedriveAllowPolicy` is unknown to moto, `RedrivePolicy` comes back with
another type of count, and a queue under a KMS key is reported as under SQS's own key too.
"""

from agent_studio.rehearsal.mends.call import JSON, Call, Store, amend

_KEPT = ("Policy", "RedrivePolicy", "RedriveAllowPolicy")


def _name(call: Call) -> str:
    return str(call.json.get("QueueName") or call.json["QueueUrl"].rpartition("/")[2])


@amend("sqs", "CreateQueue", "SetQueueAttributes")
def remember(call: Call, store: Store, answer: JSON) -> JSON:
    """Keep the policies as they were written; a new queue starts without any."""
    if call.operation == "CreateQueue":
        store.objects["queue"].setdefault(_name(call), {})
    attributes = call.json.get("Attributes") or {}
    kept = store.objects["queue"].setdefault(_name(call), {})
    kept.update({name: attributes[name] for name in _KEPT if name in attributes})
    return answer


@amend("sqs", "DeleteQueue")
def forget(call: Call, store: Store, answer: JSON) -> JSON:
    """Forget a queue's policies with the queue."""
    store.objects["queue"].pop(_name(call), None)
    return answer


@amend("sqs", "GetQueueAttributes")
def give(call: Call, store: Store, answer: JSON) -> JSON:
    """Give the policies back as they were written."""
    attributes = answer.setdefault("Attributes", {})
    wanted = set(call.json.get("AttributeNames") or [])
    for name, text in store.objects["queue"].get(_name(call), {}).items():
        if text and wanted & {"All", name}:
            attributes[name] = text
        elif not text:
            attributes.pop(name, None)
    if attributes.get("KmsMasterKeyId"):
        attributes["SqsManagedSseEnabled"] = "false"
    return answer
