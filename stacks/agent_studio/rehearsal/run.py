"""The steps of a rehearsal, over the emulator."""

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from time import monotonic
from typing import Any

import psutil

from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.loader import load_estate
from agent_studio.estate.model import Cloud
from agent_studio.estate.names.vault import JOB_TOKEN
from agent_studio.estate.scope import Scope
from agent_studio.rehearsal import overlay
from agent_studio.rehearsal.destroy import destroy
from agent_studio.rehearsal.emulator import Endpoint
from agent_studio.rehearsal.outcome import Outcome, StackRow, Step
from agent_studio.rehearsal.progress import Progress
from agent_studio.rehearsal.sessions import Sessions
from agent_studio.rehearsal.states import resources
from agent_studio.rehearsal.studio import Studio
from agent_studio.rehearsal.twins.mirror import TWINS, VAULT
from agent_studio.rehearsal.vault.api import Api
from agent_studio.rehearsal.vault.clusters import Clusters
from agent_studio.rehearsal.vault_bootstrap import bootstrap_vault, job_token

STEPS = ("bootstrap", "synth", "plan", "gate", "apply", "second plan", "drift", "destroy")
# Any role will do: the emulator lets every principal assume every role.
BOOTSTRAP = ("bootstrap", "--via-role=OrganizationAccountAccessRole")
_AT_ONCE = 2
_OF_REAL_ACCOUNTS = ("STUDIO_SIGNING_KEY", "GOOGLE_", "CLOUDSDK_", "ARM_", "AZURE_")
"""How variables begin that reach something real; AWS's are taken out by the emulator."""
# Most of a stack's resources wait for the provider's own pauses, not for the emulator.
_RESOURCES_AT_ONCE = 64
# Terraform and the AWS provider together, at their peak.
_BYTES_AN_APPLY = 1_500_000_000


@dataclass(kw_only=True)
class Rehearsal:
    """One rehearsal: an estate, an emulator, and what was found out so far.

    Attributes:
        estate: the estate's file.
        folder: the rehearsal's own state folder.
        endpoint: where the emulator listens.
        progress: told of everything worth a line.
        vaults: the Vault clusters.
        mirror: the provider mirror with the twins.
        patterns: names of stacks (globs); none means every stack.
        brisk: whether to apply all layers at once. The emulator enforces no order, and what takes
            long are the provider's own waits (55 s for a bucket's lifecycle, 80 s for a database),
            which then overlap.
        outcome: what was found out.
    """

    estate: Path
    folder: Path
    endpoint: Endpoint
    progress: Progress
    vaults: Clusters
    mirror: Path
    patterns: tuple[str, ...] = ()
    brisk: bool = False
    outcome: Outcome = field(init=False)

    def __post_init__(self) -> None:
        self.outcome = Outcome(estate=str(self.estate))

    @property
    def overlay(self) -> Path:
        """The folder of override files."""
        return self.folder / "overlay"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every command: the emulator, and nothing of a real account.

        Gate records are signed by the rehearsal's own key: nobody shall trust them elsewhere.
        """
        kept = {
            name: value
            for name, value in self.endpoint.environment().items()
            if not name.startswith(_OF_REAL_ACCOUNTS)
        }
        return kept | {
            "STUDIO_PROVIDER_MIRROR": str(self.mirror.resolve()),
            "STUDIO_OVERLAY": str(self.overlay.resolve()),
            JOB_TOKEN: self._job_token,
            "STUDIO_TRUSTED_KEYS": str(self.folder.resolve() / "keys" / "gate.pub"),
        }

    @cached_property
    def _job_token(self) -> str:
        """As whom Terraform logs in to Vault."""
        return job_token(load_estate(self.estate), self.vaults)

    @property
    def studio(self) -> Studio:
        """The `studio` command for this rehearsal."""
        return Studio(
            estate=self.estate,
            state_dir=self.folder,
            environment=self.environment,
            logs=self.folder / "logs",
            tell=self.progress.tell,
        )

    @property
    def sessions(self) -> Sessions:
        """Clients of the emulator."""
        return Sessions(self.endpoint)

    def work(self, stack: str) -> Path:
        """A stack's Terraform working directory."""
        return self.folder / "work" / stack

    def scopes(self) -> Mapping[str, Scope]:
        """Where each of the estate's stacks lies."""
        return {ref.name: ref.scope for ref in load_estate(self.estate).stacks}

    def resources(self, stack: str) -> dict[str, Any]:
        """What an applied stack holds: address -> attribute values."""
        return resources(self.work(stack), self.environment)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Time one step and keep how it ended.

        Raises:
            StudioError: the step failed; it is in the outcome then.
        """
        begun = monotonic()
        step = Step(name=name, status="passed", seconds=0.0, detail="")
        self.outcome.steps.append(step)
        self.progress.tell(f"{name} ...")
        try:
            yield step
        except StudioError as error:
            step.status, step.detail = "failed", error.line
            raise
        except BaseException as error:
            step.status, step.detail = "failed", f"{type(error).__name__}: {error}"
            raise
        finally:
            step.seconds = round(monotonic() - begun, 1)
            self.outcome.seconds = round(self.progress.elapsed, 1)
            self.progress.tell(f"{name}: {step.status} in {step.seconds:.1f} s. {step.detail}")

    def run(self, steps: tuple[str, ...] = STEPS) -> None:
        """Run steps in their order.

        Raises:
            StudioError: one of them failed; those after it did not run.
        """
        actions: dict[str, Callable[[Step], None]] = {
            "bootstrap": self.bootstrap,
            "synth": self.synth,
            "plan": self.plan,
            "gate": self.gate,
            "apply": self.apply,
            "second plan": self.second_plan,
            "drift": self.drift,
            "destroy": self.destroy,
        }
        for name in steps:
            with self.step(name) as step:
                actions[name](step)

    def together(self, *acts: Callable[[], None]) -> None:
        """Run acts side by side, and wait for all of them.

        Raises:
            StudioError: one of them failed.
        """
        with ThreadPoolExecutor(len(acts)) as executor:
            futures = [executor.submit(act) for act in acts]
        for future in futures:
            future.result()

    def bootstrap(self, step: Step) -> None:
        """Make buckets, roles and logins to Vault, with the commands that real accounts use."""
        vault_log = self.folder / "logs" / "bootstrap-vault.log"
        self.together(
            lambda: self._bootstrap_accounts(step),
            lambda: bootstrap_vault(load_estate(self.estate), self.vaults, vault_log),
        )
        step.detail = "state buckets, roles and logins to Vault made"

    def _bootstrap_accounts(self, step: Step) -> None:
        step.log = self.studio.call("bootstrap", *BOOTSTRAP).log

    def synth(self, step: Step) -> None:
        """Synthesize, and write the override files."""
        answer = self.studio.call("synth", "synth")
        clouds = {ref.name: ref.cloud for ref in load_estate(self.estate).stacks}
        for entry in answer.data["stacks"]:
            self.outcome.stacks[entry["name"]] = StackRow(
                name=entry["name"],
                layer=entry["layer"],
                resources=entry["resources"],
                on=self._on(entry["name"], clouds[entry["name"]]),
            )
        overlay.write(self.folder / "synth", self.overlay, self.endpoint)
        total = sum(row.resources for row in self.outcome.stacks.values())
        step.log = answer.log
        step.detail = f"{len(self.outcome.stacks)} stacks, {total} resources"

    def _on(self, stack: str, cloud: Cloud) -> str:
        """What stands in for what a stack is applied to."""
        twin = TWINS.get(cloud)
        found = f"twin of {twin}" if twin else "emulator of AWS"
        source = self.folder / "synth" / "stacks" / stack / "cdk.tf.json"
        providers = json.loads(source.read_text(encoding="utf-8"))["provider"]
        return f"{found}, OpenBao" if VAULT in providers else found

    def plan(self, step: Step) -> None:
        """Plan every stack."""
        answer = self.studio.call("plan", "plan", "--all", *self._chosen())
        planned = {entry["name"]: entry for entry in answer.data["stacks"]}
        for name, entry in planned.items():
            row = self.outcome.stacks[name]
            row.add, row.plan_seconds = entry["add"], entry["seconds"]
        step.log = answer.log
        step.detail = f"{sum(e['add'] for e in planned.values())} resources to add"

    def gate(self, step: Step) -> None:
        """Judge every plan; the example estate must be allowed."""
        findings = self._judge(step, "gate")
        step.detail = f"allowed, {len(findings)} findings"

    def _judge(self, step: Step, name: str, *options: str) -> list[dict[str, Any]]:
        denied = int(ExitCode.DENIED)
        answer = self.studio.call(name, "gate", *options, allowed=frozenset({0, denied}))
        findings: list[dict[str, Any]] = answer.data.get("findings", [])
        blocked = {f["stack"] for f in findings if f["blocks"]}
        for record in answer.data.get("records", []):
            row = self.outcome.stacks[record["stack"]]
            row.verdict = "deny" if answer.status == denied and row.name in blocked else "allow"
        step.log = answer.log
        if answer.status == denied:
            worst = findings[0]
            raise StudioError(
                f"the gate denies {', '.join(sorted(blocked))}",
                found=f"{len(findings)} findings, first: {worst['control']} at {worst['address']}: "
                f"{worst['message']}",
                fix="run `studio gate`, and look at its findings",
                exit_code=ExitCode.DENIED,
            )
        return findings

    def apply(self, step: Step) -> None:
        """Apply exactly what was planned; each stack is planned again once it is applied."""
        together: tuple[str, ...] = ()
        if self.brisk:
            room = psutil.virtual_memory().available // _BYTES_AN_APPLY
            jobs = max(1, min(len(self.outcome.stacks), room))
            together = ("--at-once", f"--jobs={jobs}")
        options = ("--verify", f"--parallelism={_RESOURCES_AT_ONCE}", *together)
        answer = self.studio.call("apply", "apply", *options, *self._chosen())
        for entry in answer.data["stacks"]:
            row = self.outcome.stacks[entry["name"]]
            row.applied, row.apply_seconds = entry["status"], entry["seconds"]
            row.second_plan = entry.get("second_plan", "")
        step.log = answer.log
        step.detail = f"{len(answer.data['stacks'])} stacks applied, each planned again"

    def second_plan(self, step: Step) -> None:
        """Hold every applied stack's second plan, made as soon as it was applied, to be empty.

        The gate judges these plans too: they show each value as the cloud gives it back, and what
        was allowed must stay so.

        Raises:
            StudioError: a stack's second plan is missing, not empty, or denied.
        """
        applied = [row for row in self.outcome.stacks.values() if row.applied]
        restless = [row.name for row in applied if row.second_plan != "empty"]
        if restless:
            raise StudioError("a second plan is not empty", found=", ".join(restless))
        self._judge(step, "second gate", "--from", str(self.folder / "second"))
        step.detail = f"empty and allowed for each of {len(applied)} stacks, right after its apply"

    def drift(self, step: Step) -> None:
        """Look for drift: there must be none."""
        found = self.find_drift("drift", step)
        for name, row in self.outcome.stacks.items():
            row.drift = str(len(found.get(name, []))) if name in found else row.drift
        drifted = [f"{name}: {one['address']}" for name, all_ in found.items() for one in all_]
        if drifted:
            raise StudioError(
                f"{len(drifted)} resources drifted that nobody touched",
                found=", ".join(drifted[:5]),
                fix=f"read {step.log}",
                exit_code=ExitCode.DRIFT,
            )
        step.detail = "none"

    def find_drift(
        self, name: str, step: Step, patterns: tuple[str, ...] = ()
    ) -> dict[str, list[dict[str, Any]]]:
        """Run the drift check.

        Args:
            name: names the log file.
            step: the step that asks.
            patterns: stacks to look at; the rehearsal's own choice by default.

        Returns:
            stack -> what drifted in it.

        Raises:
            StudioError: a stack could not be looked at.
        """
        options = _stacks(patterns) if patterns else self._chosen()
        allowed = frozenset({0, int(ExitCode.DRIFT)})
        # Tokens in the environment are for the real clusters, which no rehearsal asks.
        answer = self.studio.call(name, "drift", "--no-vault", *options, allowed=allowed)
        step.log = answer.log
        return {entry["name"]: entry["drift"] for entry in answer.data["stacks"]}

    def destroy(self, step: Step) -> None:
        """Destroy every stack: cells, then guardrails, then the core."""
        names = [name for name, row in self.outcome.stacks.items() if row.applied]
        layers = [self.outcome.stacks[name].layer for name in names]
        scopes = self.scopes()
        failures: list[str] = []
        with ThreadPoolExecutor(_AT_ONCE) as executor:
            for layer in sorted(set(layers), key=layers.index, reverse=True):
                chosen = [n for n, of in zip(names, layers, strict=True) if of == layer]
                failures += [
                    error.line
                    for error in executor.map(partial(self._destroy, scopes), chosen)
                    if error is not None
                ]
        step.log = self.folder / "logs"
        if failures:
            raise StudioError("not everything was destroyed", found="; ".join(failures))
        step.detail = f"{len(names)} stacks destroyed"

    def _destroy(self, scopes: Mapping[str, Scope], name: str) -> StudioError | None:
        scope = scopes[name]
        client = partial(self._client, scope)
        begun = monotonic()
        try:
            destroy(
                self.work(name),
                environment=self.environment,
                state=self.resources(name),
                clients=client,
                vaults=self._vaults(),
                log=self.folder / "logs" / f"destroy-{name}.log",
            )
        except StudioError as error:
            self.outcome.stacks[name].destroyed = "failed"
            return error
        self.outcome.stacks[name].destroyed = "destroyed"
        self.progress.tell(f"destroy: {name} ({monotonic() - begun:.1f} s)")
        return None

    def _vaults(self) -> Mapping[str, Api]:
        """Declared address of each cluster -> the API of the server that plays it."""
        addresses = load_estate(self.estate).spec.vault.clusters
        return {
            address: self.vaults.servers[name].api
            for name, address in addresses.items()
            if name in self.vaults.servers
        }

    def _client(self, scope: Scope, service: str) -> Any:
        return self.sessions.client(service, account=scope.account_id, region=scope.region)

    def _chosen(self) -> tuple[str, ...]:
        return _stacks(self.patterns)


def _stacks(patterns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"--stack={pattern}" for pattern in patterns)
