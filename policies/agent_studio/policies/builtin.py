"""checkov's built-in Terraform checks and the kit's own, run in this process.

checkov's own runner parses each plan with a YAML parser that keeps positions and builds a report
of code lines, none of it of use here, and in both of its loops an exception inside a check is
dropped, so that the check counts as not failed. Here the plan is parsed once as JSON, checkov's
definitions, graph and checks are used as they are, and a check that raises is a finding. A test
holds the outcome equal to that of checkov's runner.
"""

import gc
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from functools import cache
from typing import Any

from agent_studio.estate.errors import StudioError
from agent_studio.policies import acceleration, evidence
from agent_studio.policies.custom import PREFIX, load_custom
from agent_studio.policies.model import Objection
from agent_studio.policies.skips import load_skips

CRASHED = "studio/check-crashed"
# The names under which checkov looks for the built-in graph checks and the plan's lifecycle.
_FRAMEWORK = "terraform"


class _Collector(logging.Handler):
    """Keeps what checkov logs as a warning or worse; it logs load errors instead of raising."""

    def __init__(self) -> None:
        super().__init__(level=logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        # Python's own warnings, of deprecations for the most part, say nothing about the checks.
        if record.name != "py.warnings":
            self.messages.append(record.getMessage())

    def dropped(self) -> list[Objection]:
        """An objection if checkov left out a block that it could not take into its graph."""
        if any(message.startswith("Failed to add block") for message in self.messages):
            return [_crashed("", "a block could not be taken into checkov's graph")]
        return []


class Checks:
    """The loaded checks. Make it with `load`, once a process: loading takes seconds."""

    def __init__(self) -> None:
        from checkov.common.checks_infra.registry import get_graph_checks_registry
        from checkov.common.graph.graph_builder import CustomAttributes
        from checkov.common.models.enums import CheckResult
        from checkov.terraform import plan_parser, plan_runner
        from checkov.terraform.graph_manager import TerraformGraphManager

        self._failed = CheckResult.FAILED
        self._address_key = CustomAttributes.TF_RESOURCE_ADDRESS
        self._id_key = CustomAttributes.ID
        self._parser: Any = plan_parser
        self._manager = TerraformGraphManager
        self._lifecycle = frozenset(plan_runner.TF_LIFECYCLE_CHECK_IDS)
        self._registries = dict(plan_runner.Runner.block_type_registries)
        self.custom = load_custom()
        self._graph_registry = get_graph_checks_registry(_FRAMEWORK)
        self._graph_registry.load_checks()
        self._graph_checks = [
            (check, acceleration.reported_types(check)) for check in self._graph_registry.checks
        ]
        self._needed_by_types: dict[frozenset[str], acceleration.Needed] = {}
        acceleration.install()
        if not self._graph_registry.checks or not self._registries["resource"].checks:
            raise StudioError(
                "checkov has no built-in checks", fix="install agent-studio's kit extra again"
            )

    @property
    def version(self) -> str:
        """Version of checkov."""
        from checkov.version import version

        return str(version)

    def known(self) -> frozenset[str]:
        """The id of every loaded check."""
        return frozenset(self.names())

    def applicable(self, types: Mapping[str, AbstractSet[str]]) -> dict[str, tuple[str, str]]:
        """The checks that can report on some types.

        Args:
            types: kind of block (`resource`, `data`, `provider`) -> types.

        Returns:
            Id of the check -> its name and its category.
        """
        found = {
            check.id: (str(check.name), _category(check) or "")
            for kind, registry in self._registries.items()
            for type_ in types.get(kind, ())
            for check in registry.get_checks(type_)
        }
        present = {type_ for kind in ("resource", "data") for type_ in types.get(kind, ())}
        for check, reported in self._graph_checks:
            if reported is None or not reported.isdisjoint(present):
                found[check.id] = (str(check.name), _category(check) or "")
        return found

    def names(self) -> dict[str, str]:
        """Id -> name of every loaded check."""
        found = {check.id: str(check.name) for check in self._graph_registry.checks}
        for registry in self._registries.values():
            found.update({check.id: str(check.name) for _, check in registry.all_checks()})
        return found

    def of_plan(self, plan: dict[str, Any], stack: dict[str, Any] | None = None) -> list[Objection]:
        """Run the checks on a plan's JSON.

        Args:
            plan: the plan, parsed; not changed.
            stack: the synthesized stack, which shows what the plan does not know before apply.

        Returns:
            What each failed check objects to.
        """
        with _quiet() as collector:
            definitions = self._plan_definitions(plan)
            present = frozenset(next(iter(e), "") for kind in definitions.values() for e in kind)
            needed = self._needed(present)
            manager = self._manager(db_connector=_connector())
            module, _ = manager.parser.parse_hcl_module_from_tf_definitions(
                {"plan.json": acceleration.reduced(definitions, needed.vertices)}, "", ""
            )
            graph = manager.save_graph(acceleration.graph_of(module, needed.edges))
            with evidence.given(evidence.of_plan(plan, stack)):
                found = list(self._run(definitions, graph, omit=self._lifecycle))
        return found + collector.dropped()

    def _needed(self, present: frozenset[str]) -> acceleration.Needed:
        found = self._needed_by_types.get(present)
        if found is None:
            found = acceleration.needed(
                [
                    check
                    for check, reported in self._graph_checks
                    if reported is None or not reported.isdisjoint(present)
                ]
            )
            self._needed_by_types[present] = found
        return found

    def of_stack(self, stack: dict[str, Any]) -> list[Objection]:
        """Run the checks on a synthesized stack, in Terraform's JSON syntax.

        Only blocks that checks look at are handed over: `required_version` makes checkov's own
        reader fail on the whole file (bridgecrewio/checkov issue 7454).

        Args:
            stack: the stack, parsed; not changed.

        Returns:
            What each failed check objects to.
        """
        from checkov.terraform_json.parser import prepare_definition

        kept = ("resource", "data", "provider", "locals", "variable")
        with _quiet() as collector:
            blocks = prepare_definition({key: stack[key] for key in kept if key in stack})
            manager = self._manager(db_connector=_connector())
            graph = manager.save_graph(
                manager.build_graph_from_definitions({"cdk.tf.json": blocks}, render_variables=True)
            )
            with evidence.given(evidence.of_stack(stack)):
                found = list(self._run(blocks, graph, omit=frozenset()))
        return found + collector.dropped()

    def _plan_definitions(self, plan: dict[str, Any]) -> dict[str, Any]:
        """The plan as checkov sees it, made from JSON that is parsed already."""
        reader = self._parser.parse
        # The name is looked up in the module at each call; there is no parameter for the reader.
        self._parser.parse = lambda *_: (_positioned(plan), [(1, "")])
        try:
            definitions, _ = self._parser.parse_tf_plan("plan.json", {})
        finally:
            self._parser.parse = reader
        if definitions is None:
            raise StudioError("checkov could not read a plan", fix="report this with the plan")
        return dict(definitions)

    def _run(
        self, definitions: dict[str, Any], graph: Any, *, omit: frozenset[str]
    ) -> Iterator[Objection]:
        for kind, registry in self._registries.items():
            for entity in definitions.get(kind, ()):
                yield from self._entity(registry, kind, entity, graph, omit)
        present = {data.get("resource_type") for _, data in graph.nodes(data=True)}
        for check, reported in self._graph_checks:
            if reported is None or not reported.isdisjoint(present):
                yield from self._graph_check(check, graph)

    def _entity(
        self, registry: Any, kind: str, entity: dict[str, Any], graph: Any, omit: frozenset[str]
    ) -> Iterator[Objection]:
        type_, name, configuration = registry.extract_entity_details(entity)
        if not isinstance(configuration, dict):
            yield _crashed("", "a block is not an object")
            return
        found = configuration.get(self._address_key)
        address = found if isinstance(found, str) else _static_address(kind, type_, name)
        for check in registry.get_checks(type_):
            if check.id in omit:
                continue
            check.graph = graph
            try:
                outcome = check.run("plan.json", configuration, name, type_, {})["result"]
            except Exception as error:  # noqa: BLE001 - whatever a check raises, it did not pass
                failed = _objection(check, address)
                # A check that does not apply to a resource need not come to a result there.
                skipped = any(skip.covers(failed) for skip in load_skips())
                raised = _crashed(address, f"{check.id} failed with {type(error).__name__}")
                yield failed if skipped else raised
                continue
            result = outcome[0] if isinstance(outcome, tuple) else outcome
            if result == self._failed:
                yield _objection(check, address)

    def _graph_check(self, check: Any, graph: Any) -> Iterator[Objection]:
        try:
            _, failed, _ = check.run(graph)
        except Exception as error:  # noqa: BLE001 - whatever a check raises, it did not pass
            yield _crashed("", f"{check.id} failed with {type(error).__name__}")
            return
        for vertex in failed:
            address = vertex.get(self._address_key) or vertex.get(self._id_key) or ""
            yield _objection(check, str(address).removeprefix("resource."))


@cache
def load() -> Checks:
    """Load checkov and its built-in checks; later calls give the same object.

    Nothing is downloaded: the platform's integration, which fetches policies and guidelines, is
    never set up.

    Raises:
        StudioError: checkov is missing, or a check could not be loaded.
    """
    os.environ.setdefault("LOG_LEVEL", "CRITICAL")
    streams = sys.stdout, sys.stderr
    try:
        with _quiet() as collector:
            checks = Checks()
    except ImportError as error:
        raise StudioError(
            "checkov can't be imported, and without it nothing is allowed",
            found=str(error),
            fix="pip install 'agent-studio[kit]'",
        ) from error
    finally:
        # colorama, which checkov sets up as it is imported, puts its own objects in their place.
        sys.stdout, sys.stderr = streams
    if collector.messages:
        raise StudioError(
            "some of checkov's checks could not be loaded",
            found=collector.messages[0],
            fix="install agent-studio's kit extra again",
        )
    # What was loaded lives as long as the process: the collector need not walk it again and again,
    # which took more time than judging a plan.
    gc.collect()
    gc.freeze()
    # A check that raises logs a traceback first; the gate reports it as a finding.
    logging.getLogger("checkov").disabled = True
    return checks


@contextmanager
def _quiet() -> Iterator[_Collector]:
    """Keep what checkov logs; by default it would print tracebacks and values to stderr."""
    collector = _Collector()
    root = logging.getLogger()
    root.addHandler(collector)
    try:
        yield collector
    finally:
        root.removeHandler(collector)


def _connector() -> Any:
    from checkov.common.graph.db_connectors.networkx.networkx_db_connector import NetworkxConnector

    return NetworkxConnector()


def _positioned(plan: dict[str, Any]) -> dict[str, Any]:
    """The plan with the line numbers that checkov expects in each resource's values: zero."""

    def module(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        resources = [
            {**item, "values": {**(item.get("values") or {}), "start_line": 0, "end_line": 0}}
            for item in value.get("resources") or []
        ]
        children = [module(child) for child in value.get("child_modules") or []]
        return {**value, "resources": resources, "child_modules": children}

    planned = plan.get("planned_values") or {}
    changes = [dict(change) for change in plan.get("resource_changes") or []]
    return {
        **plan,
        "planned_values": {**planned, "root_module": module(planned.get("root_module") or {})},
        "resource_changes": changes,
    }


def _static_address(kind: str, type_: str, name: str) -> str:
    if kind == "provider":
        return f"provider.{type_}"
    return f"data.{type_}.{name}" if kind == "data" else f"{type_}.{name}"


def _objection(check: Any, address: str) -> Objection:
    # The kit's own checks say what is wrong; checkov's have only a name.
    details = check.details if check.id.startswith(PREFIX) else []
    return Objection(
        control=check.id,
        address=address,
        message="; ".join(details) or str(check.name),
        fix=_fix(check),
        category=_category(check),
        title=str(check.name),
    )


def _category(check: Any) -> str | None:
    categories = getattr(check, "categories", None) or [getattr(check, "category", None)]
    category = categories[0] if categories else None
    return str(getattr(category, "name", category)) if category else None


def _fix(check: Any) -> str | None:
    """The argument and the value that a check of one argument asks for."""
    key = getattr(check, "get_inspected_key", None)
    value = getattr(check, "get_expected_value", None)
    if key is None or value is None:
        return None
    name = "/".join(part for part in str(key()).split("/") if not part.strip("[]").isdigit())
    wanted = value()
    if wanted == "CKV_ANY":
        return f"Set `{name}`."
    text = str(wanted).lower() if isinstance(wanted, bool) else str(wanted)
    return f"Set `{name}` to `{text}`."


def _crashed(address: str, message: str) -> Objection:
    return Objection(control=CRASHED, address=address, message=message)
