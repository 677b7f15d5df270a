"""What the operations of AWS Network Firewall share."""

from typing import Any
from uuid import uuid4

from agent_studio.rehearsal.mends.call import JSON, ApiError, Call, Store, tags_of

SERVICE = "network-firewall"


def named(call: Call, store: Store, kind: str, title: str) -> JSON:
    """Find an object by the ARN or the name in the request."""
    body = call.json
    arn, name = body.get(f"{title}Arn"), body.get(f"{title}Name")
    for found in store.objects[kind].values():
        if found["arn"] == arn or (arn is None and found["name"] == name):
            return found
    raise ApiError("ResourceNotFoundException", f"no {kind} {arn or name}")


def keep(call: Call, store: Store, kind: str, name: str, arn: str, **values: Any) -> JSON:
    """Keep a new object, with its tags and a first update token."""
    if arn in store.objects[kind]:
        raise ApiError("InvalidRequestException", f"{kind} {name} already exists")
    store.tags[arn] = tags_of(call.json.get("Tags"))
    kept: JSON = {"arn": arn, "name": name, "id": str(uuid4()), "token": str(uuid4()), **values}
    store.objects[kind][arn] = kept
    return kept


def check_token(call: Call, kept: JSON) -> None:
    """An update carries the token of the last read (API Reference, `UpdateToken`)."""
    given = call.json.get("UpdateToken")
    if given is not None and given != kept["token"]:
        raise ApiError("InvalidTokenException", "the token is not the last one given out")
    kept["token"] = str(uuid4())


OWN_KEY = {"Type": "AWS_OWNED_KMS_KEY", "KeyId": "AWS_OWNED_KMS_KEY"}
