"""Clusters in which all cells of an estate are set up, and who looks at them."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_hex
from typing import Any

from agent_studio.delivery.drift.detection import StackDrift
from agent_studio.delivery.drift.differences import Drifted
from agent_studio.delivery.drift.vault import look
from agent_studio.estate import Estate
from agent_studio.estate.loader import load_estate
from agent_studio.estate.model import Cell
from agent_studio.estate.names import vault as names
from agent_studio.rehearsal.cast import stand_in_for_core
from agent_studio.rehearsal.vault.api import Api, ApiError
from agent_studio.rehearsal.vault.cells import add_key, mount, open_place
from agent_studio.rehearsal.vault.clusters import Clusters, running
from agent_studio.rehearsal.vault_bootstrap import bootstrap_vault

ROOT = Path(__file__).parents[3]
SOURCE = ROOT / "tests" / "identity" / "estate.yaml"
RUNBOOK = ROOT / "docs" / "runbooks" / "drift.md"
STUDIO = str(Path(sys.executable).with_name("studio"))


def text_of(isolation: str, addresses: dict[str, str]) -> str:
    """An estate on three clouds, whose AWS accounts say who signs their tokens."""
    text = SOURCE.read_text().replace("vault:\n", f"vault:\n  isolation: {isolation}\n")
    ci = "ci: {repository: acme/estate, environment: production}\n\ndata_classes:"
    text = text.replace("data_classes:", ci, 1)
    text = text.replace("owner: payments}", "owner: payments, issuer: https://tokens.example}")
    for name, address in addresses.items():
        text = text.replace(f"https://vault.{name.lower()}.acme.example:8200", address)
    return text


@dataclass
class World:
    """An estate whose clusters run, and a token for each of them that is no root token."""

    clusters: Clusters
    estate: Estate
    file: Path
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def isolation(self) -> names.Isolation:
        """How cells are held apart."""
        return self.estate.spec.vault.isolation

    @property
    def root(self) -> Api:
        """The API of the cluster of the EU, in the root namespace, with the root token."""
        return self.clusters.servers["EU"].api

    def policy(self) -> str:
        """The policy that the runbook asks for, as it says to change it."""
        (found,) = re.findall(r"```hcl\n(.*?)```", RUNBOOK.read_text(), re.DOTALL)
        if self.isolation == "namespace":
            return str(found)
        kept = [
            line
            for line in found.splitlines()
            if not line.startswith('path "+/') or line.startswith('path "+/transit/keys/*"')
        ]
        return "\n".join([*kept, 'path "auth/+/+/role/*" { capabilities = ["list"] }'])

    def bearer(self, policy: str, jurisdiction: str = "EU") -> str:
        """A token with a policy and no other."""
        api = self.clusters.servers[jurisdiction].api
        name = f"who-looks-{token_hex(4)}"
        api.call("PUT", f"sys/policies/acl/{name}", {"policy": policy})
        body = {"policies": [name], "no_default_policy": True, "no_parent": True}
        made = api.call("POST", "auth/token/create", body)
        return str(made["auth"]["client_token"])

    def environment(self, **others: str) -> dict[str, str]:
        """The variables of who looks; those that are empty are not set."""
        found = {}
        for name, server in self.clusters.servers.items():
            found[f"VAULT_TOKEN_{name}"] = self.tokens[name]
            found[f"VAULT_CACERT_{name}"] = str(server.authority)
        return {name: value for name, value in {**found, **others}.items() if value}

    def look(
        self, *patterns: str, insist: bool = True, deadline: float = 30.0, **others: str
    ) -> dict[str, StackDrift]:
        """What is found, without the root tokens with which tests plant things."""
        found = look(
            self.estate,
            patterns,
            environment=self.environment(**others),
            insist=insist,
            tell=lambda _line: None,
            deadline=deadline,
        )
        kept = {}
        for one in found:
            drift = tuple(each for each in one.drift if "/accessors/" not in each.address)
            if drift or one.error:
                kept[one.stack] = replace(one, drift=drift)
        return kept

    def cell(self, region: str = "eu-west-1") -> Cell:
        """A cell by its region."""
        return next(each for each in self.estate.cells if each.region.name == region)

    def place(self, cell: Cell | None = None) -> names.Place:
        """A cell's own place."""
        return names.cell((cell or self.cell()).scope, self.isolation)

    def api(self, cell: Cell | None = None) -> Api:
        """The cluster's API within a cell's place, with the root token."""
        found = cell or self.cell()
        return self.clusters.server(found).api.within(self.place(found).namespace)

    def command(self, state: Path, *options: str, **others: str) -> "Done":
        """Run `studio drift` where no stack is synthesized."""
        (state / "synth").mkdir(parents=True, exist_ok=True)
        manifest = {"version": 1, "stacks": []}
        (state / "synth" / "manifest.json").write_text(json.dumps(manifest))
        own = {k: v for k, v in os.environ.items() if not k.startswith("VAULT_")}
        return subprocess.run(
            [STUDIO, "--estate", str(self.file), "--state-dir", str(state), *options],
            env={**own, **self.environment(**others)},
            capture_output=True,
            text=True,
            check=False,
        )

    @contextmanager
    def planted(self, api: Api, *wanted: tuple[str, str, dict[str, Any]]) -> Iterator[None]:
        """Things that somebody made: method, path, body; deleted in the end, the last first."""
        made = []
        try:
            for method, path, body in wanted:
                api.call(method, path, body)
                made.append(path)
            yield
        finally:
            for path in reversed(made):
                if "/keys/" in path:
                    api.call("POST", f"{path}/config", {"deletion_allowed": True})
                api.call("DELETE", path)
                if path.startswith("sys/namespaces/"):
                    gone(api, path)


Done = subprocess.CompletedProcess[str]


def gone(api: Api, path: str) -> None:
    """Wait until a namespace is cleared up: OpenBao answers before it is."""
    name = f"{path.rpartition('/')[2]}/"
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            listed = api.call("LIST", "sys/namespaces")["data"]["keys"]
        except ApiError as error:
            # There are none at all.
            if error.status == 404:
                return
            raise
        if name not in listed:
            return
        time.sleep(0.02)
    raise AssertionError(f"{name} is still there")


def paths(found: StackDrift) -> dict[str, str]:
    """Findings: path in the cluster -> severity."""
    return {path(one): one.severity.value for one in found.drift}


def path(one: Drifted) -> str:
    """Where a finding is, without the cluster."""
    return one.address.split(":", 2)[2]


@contextmanager
def running_world(isolation: str, folder: Path) -> Iterator[World]:
    """Run the clusters, with all that is declared in them.

    Args:
        isolation: how cells are held apart.
        folder: where the estate's file is written.
    """
    file = folder / "regions.yaml"
    file.write_text(text_of(isolation, {}))
    with running(load_estate(file).cells) as clusters:
        addresses = {name: server.address for name, server in clusters.servers.items()}
        file.write_text(text_of(isolation, addresses))
        found = World(clusters, load_estate(file), file)
        bootstrap_vault(found.estate, clusters, folder / "bootstrap.log")
        stand_in_for_core(found.estate, clusters)
        core = names.cell(found.estate.core_scope, found.isolation)
        within = open_place(found.root, core)
        mount(within, names.transit_mount(core), "transit")
        add_key(within, core, names.SIGNING_KEY, "ed25519")
        for name in clusters.servers:
            found.tokens[name] = found.bearer(found.policy(), name)
        yield found
