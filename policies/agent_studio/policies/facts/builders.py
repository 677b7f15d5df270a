"""Facts, one function for each action: what their contexts hold stands here and in the schema.

The schema is `policies/cedar/schema.cedarschema`. What needs to be known and can't be is given as
`unknown`, in a few words; such a fact is denied, whatever its context says.
"""

from collections.abc import Iterable

from agent_studio.estate import Cloud
from agent_studio.policies.facts.model import Action, Fact
from agent_studio.policies.facts.place import jurisdiction_of
from agent_studio.policies.facts.resources import Resource


def undecided(address: str, what: str, *, action: Action = Action.PROVISION) -> Fact:
    """Something that can't be judged.

    Args:
        address: the resource's address, or what stands for one.
        what: what would have to be known.
        action: what it would be.
    """
    return Fact(action=action, address=address, context={}, unknown=(what,))


def provision(
    address: str, *, kind: str, region: str, reviewed: bool = True, unknown: str | None = None
) -> Fact:
    """Something of a type stands in a region; its type is one that policies know how to judge."""
    context = {"kind": kind, "region": region, "reviewed": reviewed}
    return Fact(action=Action.PROVISION, address=address, context=context, unknown=_told(unknown))


def assume(
    address: str, *, kind: str, accounts: Iterable[str], pinned: bool, keyless: bool, direct: bool
) -> Fact:
    """A provider or a backend signs in.

    Args:
        address: `provider.<name>` or `terraform.backend.<kind>`.
        kind: `provider` or `backend`.
        accounts: every account that it may enter.
        pinned: whether it refuses other accounts.
        keyless: whether it uses no long-lived key.
        direct: whether it goes straight to the cloud and to the stack's own bucket.
    """
    context = {
        "kind": kind,
        "accounts": sorted(set(accounts)),
        "pinned": pinned,
        "keyless": keyless,
        "direct": direct,
    }
    return Fact(action=Action.ASSUME, address=address, context=context)


def store(
    address: str,
    *,
    what: str,
    region: str,
    encrypted: bool,
    key: str,
    service_key_will_do: bool = False,
    unknown: str | None = None,
) -> Fact:
    """Something holds data.

    Args:
        address: the resource's address, or the backend's.
        what: what it holds, as messages say it.
        region: where it keeps that.
        encrypted: whether it is encrypted.
        key: `customer`, `service`, `foreign`, `unrotated` or `none`.
        service_key_will_do: whether a key of the cloud's own is enough.
        unknown: what is needed to decide and can't be known.
    """
    context = {
        "kind": what,
        "region": region,
        "encrypted": encrypted,
        "key": key,
        "keyMayBeService": service_key_will_do,
    }
    return Fact(action=Action.STORE, address=address, context=context, unknown=_told(unknown))


def transfer(
    resource: Resource,
    *,
    kind: str,
    cloud: Cloud,
    region: str = "",
    account: str = "",
    bucket: str = "",
    internet: bool = False,
    image: bool = False,
) -> Fact:
    """Data, or code, goes somewhere; what is not named is empty."""
    context = {
        "kind": kind,
        "region": region,
        "jurisdiction": jurisdiction_of(cloud, region) if region else "",
        "account": account,
        "bucket": bucket,
        "internet": internet,
        "image": image,
    }
    return Fact(action=Action.TRANSFER, address=resource.address, context=context)


def replication(
    resource: Resource,
    *,
    region: str,
    declared: bool,
    cloud: Cloud | None = None,
    unknown: str | None = None,
) -> Fact:
    """Something keeps a copy in another place.

    Args:
        resource: what does.
        region: where; a word for people where it names no region.
        declared: whether the estate declares a copy there.
        cloud: the cloud of the region; None where it names none.
        unknown: what is needed to decide and can't be known.
    """
    context = {
        "kind": resource.type,
        "region": region,
        "jurisdiction": jurisdiction_of(cloud, region) if cloud else "",
        "declared": declared,
    }
    return Fact(
        action=Action.REPLICATE,
        address=resource.address,
        context=context,
        unknown=_told(unknown),
    )


def inference(
    address: str, *, model: str, anywhere: bool, jurisdictions: Iterable[str], declared: bool
) -> Fact:
    """Prompts go to a model, which processes them in jurisdictions, or anywhere."""
    context = {
        "model": model,
        "anywhere": anywhere,
        "jurisdictions": sorted(jurisdictions),
        "declared": declared,
    }
    return Fact(action=Action.INFER, address=address, context=context)


def connection(
    resource: Resource,
    *,
    kind: str,
    what: str,
    peer: str = "",
    own: bool = False,
    tls: bool = False,
    declared: bool = False,
    unknown: str | None = None,
) -> Fact:
    """One connection.

    Args:
        resource: what makes it.
        kind: `ingress`, `egress`, `gateway`, `name`, `filter`, `network` or `public`.
        what: what is done, in words that follow the resource's address.
        peer: the other end, e.g. an address range or a DNS name.
        own: whether the other end is the stack's own, or the setting is the safe one.
        tls: whether it is TCP to port 443 and nothing else.
        declared: whether the estate declares names for those who would use it.
        unknown: what is needed to decide and can't be known.
    """
    context = {
        "kind": kind,
        "what": what,
        "peer": peer,
        "own": own,
        "tls": tls,
        "declared": declared,
    }
    return Fact(
        action=Action.CONNECT, address=resource.address, context=context, unknown=_told(unknown)
    )


def grant(
    resource: Resource,
    *,
    principal: str,
    kind: str = "identity",
    accounts: Iterable[str] = (),
    anyone: bool = False,
    service: bool = False,
    guarded: bool = True,
    everything: bool = False,
    privileged: bool = False,
    beyond: Iterable[str] = (),
    unknown: str | None = None,
) -> Fact:
    """Someone may do something.

    Args:
        resource: where it stands.
        principal: who, as messages say it.
        kind: `trust`, `resource`, `endpoint` or `identity`.
        accounts: whose accounts are let in, or acted on.
        anyone: whether nobody in particular is named.
        service: whether a service of the cloud is let in.
        guarded: whether a condition keeps others from using it.
        everything: whether every resource is admitted.
        privileged: whether it makes its holder anyone.
        beyond: buckets outside of the estate that it reaches.
        unknown: what is needed to decide and can't be known.
    """
    context = {
        "kind": kind,
        "principal": principal,
        "accounts": sorted(accounts),
        "anyone": anyone,
        "service": service,
        "guarded": guarded,
        "everything": everything,
        "privileged": privileged,
        "beyond": sorted(beyond),
    }
    return Fact(
        action=Action.GRANT, address=resource.address, context=context, unknown=_told(unknown)
    )


def _told(unknown: str | None) -> tuple[str, ...]:
    return (unknown,) if unknown else ()
