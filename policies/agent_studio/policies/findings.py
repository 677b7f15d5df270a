"""From what a rule objects to, to what a reader can act on."""

from collections.abc import Iterable

from agent_studio.policies.controls import load_controls
from agent_studio.policies.model import Finding, Objection
from agent_studio.policies.places import Synthesized
from agent_studio.policies.skips import load_skips


def findings_of(
    objections: Iterable[Objection],
    *,
    stack: str,
    synthesized: Synthesized | None,
    otherwise: str | None = None,
) -> list[Finding]:
    """Add severity, wording and place to objections, and leave out those that a skip covers.

    Args:
        objections: what the rules object to; one may come from the stack and from its plan.
        stack: the stack's name.
        synthesized: the synthesized stack, which knows constructs and sources.
        otherwise: the source where there is no synthesized stack.

    Returns:
        One finding for each objection, the first of those that say the same.
    """
    controls = load_controls()
    skips = load_skips()
    found: dict[tuple[str, str, str], Finding] = {}
    for objection in objections:
        if any(skip.covers(objection) for skip in skips):
            continue
        control = controls.of(objection)
        address = objection.address
        key = (objection.control, address, objection.message)
        found.setdefault(
            key,
            Finding(
                control=objection.control,
                severity=control.severity,
                stack=stack,
                address=address,
                construct=synthesized.construct(address) if synthesized else None,
                source=synthesized.source(address) if synthesized else otherwise,
                message=objection.message,
                fix=objection.fix or control.fix,
                frameworks=control.frameworks,
            ),
        )
    return list(found.values())
