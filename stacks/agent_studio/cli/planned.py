"""How plans are shown to people."""

from collections.abc import Sequence

from agent_studio.cli.output import note, print_table
from agent_studio.delivery.layout import Layout
from agent_studio.delivery.planning import Planned
from agent_studio.delivery.summary import summarize
from agent_studio.delivery.synthesized import SynthesizedStack

_ROWS = 40
"""Stacks that a table names; of the others it gives the number."""
_RISKS = 10
"""Destroyed or replaced resources that are named."""


def show_plans(
    layout: Layout, stacks: Sequence[SynthesizedStack], plans: Sequence[Planned]
) -> None:
    """Print what each plan changes and why; never more than some fifty lines."""
    by_name = {stack.name: stack for stack in stacks}
    good = [planned for planned in plans if not planned.error]
    if not good:
        return
    rows = []
    risks: list[str] = []
    for planned in good[:_ROWS]:
        stack = by_name[planned.stack]
        before = layout.applied(planned.stack).with_suffix(".tf.json")
        words = summarize(planned, synthesized=stack.path, before=before)
        rows.append((planned.stack, words.what, words.why))
        risks += [f"{planned.stack} {risk}" for risk in words.risks]
    print_table("Plans", ("stack", "changes", "why"), rows)
    if len(good) > _ROWS:
        note(f"and {len(good) - _ROWS} more stacks")
    for risk in risks[:_RISKS]:
        note(risk)
    if len(risks) > _RISKS:
        note(f"and {len(risks) - _RISKS} more resources destroyed or replaced")
