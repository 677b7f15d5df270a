"""Route 53 Resolver query logs: their tags, and their end, which moto lacks.

Source: Route 53 Resolver API Reference, CreateResolverQueryLogConfig,
DisassociateResolverQueryLogConfig, DeleteResolverQueryLogConfig.
"""

from moto.route53resolver.models import route53resolver_backends

from agent_studio.rehearsal.mends.call import (
    JSON,
    ApiError,
    Call,
    Store,
    amend,
    operation,
    tags_of,
)

_SERVICE = "route53resolver"


@amend(_SERVICE, "CreateResolverQueryLogConfig")
def create(call: Call, store: Store, answer: JSON) -> JSON:
    """Keep the tags of a query log."""
    store.tags[answer["ResolverQueryLogConfig"]["Arn"]] = tags_of(call.json.get("Tags"))
    return answer


@operation(_SERVICE, "DisassociateResolverQueryLogConfig")
def disassociate(call: Call, _store: Store) -> JSON:
    """Take a query log off a network.

    Raises:
        ApiError: it is on no such network.
    """
    body = call.json
    backend = route53resolver_backends[call.account][call.region]
    every = backend.resolver_query_log_config_associations
    for key, one in every.items():
        wanted = (body["ResolverQueryLogConfigId"], body["ResourceId"])
        if (one.resolver_query_log_config_id, one.resource_id) == wanted:
            backend.resolver_query_log_configs[wanted[0]].association_count -= 1
            del every[key]
            return {
                "ResolverQueryLogConfigAssociation": {**one.description(), "Status": "DELETING"}
            }
    raise ApiError("ResourceNotFoundException", "the query log is on no such network")


@operation(_SERVICE, "DeleteResolverQueryLogConfig")
def delete(call: Call, _store: Store) -> JSON:
    """Drop a query log that is on no network.

    Raises:
        ApiError: there is none, or it is still in use.
    """
    backend = route53resolver_backends[call.account][call.region]
    key = call.json["ResolverQueryLogConfigId"]
    found = backend.resolver_query_log_configs.get(key)
    if found is None:
        raise ApiError("ResourceNotFoundException", f"no query log {key}")
    if found.association_count:
        raise ApiError("InvalidRequestException", f"the query log {key} is on a network")
    del backend.resolver_query_log_configs[key]
    return {"ResolverQueryLogConfig": {"Id": key, "Status": "DELETING"}}
