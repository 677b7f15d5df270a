"""KMS: the period of automatic rotation, which moto forgets.

Source: KMS API Reference, EnableKeyRotation (`RotationPeriodInDays`, 365 by default) and
GetKeyRotationStatus.
"""

from agent_studio.rehearsal.mends.call import JSON, Call, Store, amend

_DEFAULT_DAYS = 365


def _key_id(call: Call) -> str:
    return str(call.json["KeyId"]).rpartition("/")[2]


@amend("kms", "EnableKeyRotation")
def remember_period(call: Call, store: Store, answer: JSON) -> JSON:
    """Keep the period that was asked for."""
    days = call.json.get("RotationPeriodInDays", _DEFAULT_DAYS)
    store.objects["rotation"][_key_id(call)] = {"days": days}
    return answer


@amend("kms", "GetKeyRotationStatus")
def give_period(call: Call, store: Store, answer: JSON) -> JSON:
    """Add the period where rotation is on."""
    if answer.get("KeyRotationEnabled"):
        kept = store.objects["rotation"].get(_key_id(call), {"days": _DEFAULT_DAYS})
        answer["RotationPeriodInDays"] = kept["days"]
    return answer
