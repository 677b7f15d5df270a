"""Which planned creations may exist already, and under which import id."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from agent_studio.delivery.adoption.cloud import Finder
from agent_studio.delivery.adoption.rules import Rule
from agent_studio.delivery.adoption.template import facts, fill


@dataclass(frozen=True)
class Unadoptable:
    """A resource that may exist already and that cannot be found.

    Attributes:
        address: its Terraform address.
        import_id: the id to import it by, or a word in angle brackets for what to look up.
        why: why it was not adopted.
    """

    address: str
    import_id: str
    why: str


@dataclass(frozen=True)
class Search:
    """What one look at a plan gives.

    Attributes:
        imports: address -> import id.
        unadoptable: what a person must decide about.
    """

    imports: Mapping[str, str]
    unadoptable: tuple[Unadoptable, ...]


def search(
    plan: Mapping[str, Any],
    *,
    started: Iterable[str],
    created: Mapping[str, str],
    rules: Mapping[str, Rule],
    place: Mapping[str, str],
    finder: Finder,
    passed_by: Iterable[str] = (),
) -> Search:
    """Find what a plan would create although an interrupted apply may have created it.

    Args:
        plan: the plan's JSON.
        started: addresses whose creation an interrupted apply began.
        created: address -> id of those that it finished.
        rules: the adoption table.
        place: account, region and partition.
        finder: asks the cloud.
        passed_by: addresses that are known not to exist, or are imported already.

    Raises:
        StudioError: the cloud could not be asked.
    """
    begun = {*started, *created} - set(passed_by)
    imports: dict[str, str] = {}
    stuck: list[Unadoptable] = []
    for resource in plan.get("resource_changes", []):
        address, change = resource["address"], resource["change"]
        if address not in begun or resource.get("mode") != "managed":
            continue
        if "create" not in change["actions"] or change.get("importing") is not None:
            continue
        logged = created.get(address)
        rule = rules.get(resource["type"])
        if "delete" in change["actions"]:
            if logged and (rule is None or rule.idempotent is None):
                stuck.append(Unadoptable(address, logged, "it was being replaced"))
            continue
        found = _one(address, rule, change.get("after") or {}, logged, place, finder)
        if isinstance(found, Unadoptable):
            stuck.append(found)
        elif found is not None:
            imports[address] = found
    declared = {resource["address"] for resource in plan.get("resource_changes", [])}
    for address in sorted(begun - declared):
        rule = rules.get(address.split(".", 1)[0])
        if rule is None or rule.idempotent is None:
            why = "the stack no longer declares it: delete it"
            stuck.append(Unadoptable(address, created.get(address, "<id>"), why))
    return Search(imports, tuple(stuck))


def _one(
    address: str,
    rule: Rule | None,
    values: Mapping[str, Any],
    logged: str | None,
    place: Mapping[str, str],
    finder: Finder,
) -> str | Unadoptable | None:
    if rule is None:
        # The id that the engine printed is the import id of most types; the plan tells.
        return logged or Unadoptable(address, "<id>", "its type has no adoption rule")
    if rule.import_id is None:
        return None
    id_ = logged if rule.logged else None
    known = facts(values, place=place, id_=id_)
    if rule.find is None and "{id}" in rule.import_id and id_ is None:
        return Unadoptable(address, "<id>", "its id is computed by the cloud")
    if rule.find is not None and id_ is None:
        ids = finder.ids(rule.find, known)
        if not ids:
            # Nothing there; or a value that the call needs comes from a resource that is still
            # to be created, so this one cannot exist either.
            return None
        if len(ids) > 1:
            return Unadoptable(address, f"<one of {', '.join(ids[:5])}>", "several match")
        known["id"] = ids[0]
    return fill(rule.import_id, known)
