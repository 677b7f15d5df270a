"""IAM Access Analyzer: analyzers and archive rules; moto has no such service.

Source: IAM Access Analyzer API Reference, CreateAnalyzer, GetAnalyzer, ListAnalyzers,
UpdateAnalyzer, DeleteAnalyzer, CreateArchiveRule, GetArchiveRule, DeleteArchiveRule,
TagResource, UntagResource, ListTagsForResource. Nothing is analyzed: there are no findings.
"""

from datetime import UTC, datetime

from agent_studio.rehearsal.mends.call import JSON, ApiError, Call, Store, rest

_KIND = "analyzer"
_TOKEN = "analyzer's token"  # noqa: S105 - it makes a request that is sent twice count once


@rest("access-analyzer")
def answer(call: Call, store: Store) -> JSON:
    """Answer a call by its method and path.

    Raises:
        ApiError: the thing does not exist, or the path is none that the service documents.
    """
    match call.method, call.segments:
        case "PUT", ["analyzer"]:
            return _create(call, store)
        case "GET", ["analyzer"]:
            return {"analyzers": list(store.objects[_KIND].values())}
        case "GET", ["analyzer", name]:
            return {"analyzer": _found(store, name)}
        case "PUT", ["analyzer", name]:
            found = _found(store, name)
            found["configuration"] = call.json.get("configuration", {})
            return {"configuration": found["configuration"]}
        case "DELETE", ["analyzer", name]:
            _found(store, name)
            del store.objects[_KIND][name]
            return {}
        case "PUT", ["analyzer", name, "archive-rule"]:
            _found(store, name)
            rule = call.json
            store.objects[f"rule {name}"][rule["ruleName"]] = _rule(rule["ruleName"], rule)
            return {}
        case "GET", ["analyzer", name, "archive-rule", rule_name]:
            return {"archiveRule": _found(store, rule_name, kind=f"rule {name}")}
        case "PUT", ["analyzer", name, "archive-rule", rule_name]:
            _found(store, rule_name, kind=f"rule {name}")
            store.objects[f"rule {name}"][rule_name] = _rule(rule_name, call.json)
            return {}
        case "DELETE", ["analyzer", name, "archive-rule", rule_name]:
            store.objects[f"rule {name}"].pop(rule_name, None)
            return {}
        case "GET", ["tags", arn]:
            return {"tags": store.tags[arn]}
        case "POST", ["tags", arn]:
            store.tags[arn].update(call.json["tags"])
            return {}
        case "DELETE", ["tags", arn]:
            for key in call.parameters.get("tagKeys", []):
                store.tags[arn].pop(key, None)
            return {}
        case _:
            raise ApiError("ValidationException", f"no operation at {call.method} {call.path}")


def _found(store: Store, name: str, *, kind: str = _KIND) -> JSON:
    found = store.objects[kind].get(name)
    if found is None:
        raise ApiError("ResourceNotFoundException", f"no {kind} {name}", status=404)
    if kind == _KIND:
        found["tags"] = store.tags[found["arn"]]
    return found


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _rule(name: str, body: JSON) -> JSON:
    return {
        "ruleName": name,
        "filter": body["filter"],
        "createdAt": _now(),
        "updatedAt": _now(),
    }


def _create(call: Call, store: Store) -> JSON:
    body = call.json
    name = body["analyzerName"]
    token = body.get("clientToken")
    if name in store.objects[_KIND]:
        # A request that is sent again carries the same token, and is answered as it was.
        if token and store.objects[_TOKEN].get(name) == {"clientToken": token}:
            return {"arn": store.objects[_KIND][name]["arn"]}
        raise ApiError("ConflictException", f"analyzer {name} already exists", status=409)
    arn = call.arn(f"analyzer/{name}")
    store.tags[arn] = dict(body.get("tags") or {})
    store.objects[_TOKEN][name] = {"clientToken": token}
    store.objects[_KIND][name] = {
        "arn": arn,
        "name": name,
        "type": body["type"],
        "createdAt": _now(),
        "status": "ACTIVE",
        **({"configuration": body["configuration"]} if body.get("configuration") else {}),
    }
    for rule in body.get("archiveRules") or []:
        store.objects[f"rule {name}"][rule["ruleName"]] = _rule(rule["ruleName"], rule)
    return {"arn": arn}
