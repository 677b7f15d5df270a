"""The reference of controls, made from the controls themselves.

`python -m agent_studio.policies.controls_reference` writes it; a test keeps it fresh.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from agent_studio.policies import builtin
from agent_studio.policies.controls import Control, Controls, load_controls
from agent_studio.policies.documents import policy_file, read_yaml

FILE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "controls.md"
COMMAND = ".venv/bin/python -m agent_studio.policies.controls_reference"

_HEAD = """# Controls

Made by `python -m agent_studio.policies.controls_reference` from `policies/controls.yaml`,
`policies/checkov/checks.yaml` and `policies/frameworks.yaml`; a test keeps it fresh.

Everything that the gate can object to is a control: a rule or a Cedar policy of the kit
(`studio/...`), one of its own checks (`CKV_STUDIO_...`), or one of checkov's built-in checks that
can report on what our stacks are made of. A finding names its control, and with it the fix and the
requirements that the control serves.

To serve a requirement is to help to meet it. No requirement is met by a gate alone, and which
frameworks bind you is for you to find out. Where a framework is not named, the control serves none
of its requirements.
"""


def reference() -> str:
    """The whole page, as Markdown.

    Raises:
        StudioError: the controls can't be read, or checkov can't be loaded.
    """
    controls = load_controls()
    frameworks = read_yaml(policy_file("frameworks.yaml"))["frameworks"]
    parts = [
        _HEAD,
        *_own(controls),
        *_built_in(controls),
        *_by_framework(controls, frameworks),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _own(controls: Controls) -> Iterator[str]:
    yield "## The kit's own controls\n"
    for topic in controls.topics.values():
        members = [item for item in controls.by_id.values() if item.topic == topic.id]
        if not members:
            continue
        yield f"### {topic.title}\n\n{topic.explanation}\n"
        yield "| control | what holds | severity | why | fix | serves |\n|---|---|---|---|---|---|"
        for item in members:
            yield _row(
                f"`{item.id}`",
                item.title,
                item.severity.value,
                item.explanation,
                item.fix,
                _serves(item),
            )
        yield ""


def _built_in(controls: Controls) -> Iterator[str]:
    names = builtin.load().names()
    yield "## checkov's built-in checks\n"
    yield (
        "A check is called as checkov calls it. Where it asks for one argument, the finding's fix\n"
        "names it; else the topic's fix holds. What does not apply to some resources stands in\n"
        "`policies/checkov/skips.yaml`, each with its reason.\n"
    )
    for topic in controls.topics.values():
        members = [item for item in controls.built_in.values() if item.topic.id == topic.id]
        if not members:
            continue
        yield f"### {topic.title}: built-in checks\n\n{topic.explanation} {topic.fix}\n"
        yield f"Serves {_listed(topic.frameworks)}.\n"
        yield "| check | checkov's name | severity | beside that |\n|---|---|---|---|"
        for item in members:
            differing = {
                name: items
                for name, items in item.frameworks.items()
                if items != topic.frameworks.get(name)
            }
            remarks = [text for text in (item.fix, _listed(differing)) if text]
            yield _row(
                f"`{item.id}`",
                names.get(item.id, item.id).rstrip("."),
                item.severity.value,
                " ".join(remarks),
            )
        yield ""


def _by_framework(controls: Controls, frameworks: dict[str, Any]) -> Iterator[str]:
    yield "## By framework\n"
    every: list[Control] = [
        *controls.by_id.values(),
        *(item.control(item.id) for item in controls.built_in.values()),
    ]
    for name, body in frameworks.items():
        yield f"### {name}\n\n[{body['title']}]({body['source']})\n"
        yield "| requirement | what it is about | served by |\n|---|---|---|"
        for number, about in body["requirements"].items():
            serving = [item for item in every if number in item.frameworks.get(name, ())]
            yield _row(number, about, _grouped(controls, serving))
        yield ""


def _grouped(controls: Controls, serving: Iterable[Control]) -> str:
    """The kit's own controls by id, and built-in checks by their topics where there are many."""
    own = [item for item in serving if item.id in controls.by_id]
    named = [f"`{item.id}`" for item in own]
    by_topic: dict[str, list[str]] = {}
    for item in serving:
        if item.id in controls.built_in:
            by_topic.setdefault(item.topic, []).append(item.id)
    for topic, ids in by_topic.items():
        if len(ids) > 3:
            named.append(f"{len(ids)} built-in checks of {controls.topics[topic].title.lower()}")
        else:
            named += [f"`{id_}`" for id_ in ids]
    return ", ".join(named) or "checks without an entry, by their category"


def _serves(control: Control) -> str:
    return _listed(control.frameworks)


def _listed(frameworks: Any) -> str:
    return "; ".join(f"{name} {', '.join(items)}" for name, items in frameworks.items())


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


if __name__ == "__main__":
    FILE.write_text(reference(), encoding="utf-8")
