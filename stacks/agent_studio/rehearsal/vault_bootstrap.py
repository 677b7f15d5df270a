"""What `studio bootstrap --commands vault` prints, run on the servers that play the clusters."""

import os
import subprocess
import time
from dataclasses import replace
from pathlib import Path

from agent_studio.delivery.bootstrap.vault import commands
from agent_studio.estate import CiSpec, Estate
from agent_studio.estate.errors import StudioError
from agent_studio.estate.names import vault as names
from agent_studio.rehearsal.vault.clusters import Clusters
from agent_studio.rehearsal.vault.server import program

_TENANT = "ci"
_LIFETIME_SECONDS = 4 * 3600


def bootstrap_vault(estate: Estate, clusters: Clusters, log: Path) -> None:
    """Run the commands; who plays the CI's issuer and the clusters stands in for them.

    Args:
        estate: the estate; one without a CI has nothing to run.
        clusters: a running cluster for each of its jurisdictions.
        log: the file for what the commands say.

    Raises:
        StudioError: a command failed.
    """
    ci = estate.spec.ci
    if ci is None:
        return
    script = "\n".join(commands(_played(estate, ci, clusters)))
    variables = {
        "CI_CACERT": str(clusters.issuer.authority),
        "HOME": str(clusters.folder),
        "PATH": f"{program().parent}{os.pathsep}{os.defpath}",
    }
    for name, server in clusters.servers.items():
        variables[f"VAULT_TOKEN_{name}"] = server.root_token
        variables[f"VAULT_CACERT_{name}"] = str(server.authority)
    if len(clusters.servers) == 1:
        (server,) = clusters.servers.values()
        variables |= {"VAULT_TOKEN": server.root_token, "VAULT_CACERT": str(server.authority)}
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as sink:
        status = subprocess.run(
            ["bash", "-c", script],
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    if status != 0:
        raise StudioError("a Vault cluster was not made ready", fix=f"read {log}")


def job_token(estate: Estate, clusters: Clusters) -> str:
    """The token of a job of the estate's CI that may plan and apply; empty where it has no CI."""
    ci = estate.spec.ci
    if ci is None:
        return ""
    claims = {
        "sub": f"repo:{ci.repository}:environment:{ci.environment}",
        "aud": names.ci_audience(estate.studio),
        # A job asks for a new one now and then; a rehearsal has one for all of its commands.
        "exp": int(time.time()) + _LIFETIME_SECONDS,
    }
    return clusters.issuer.token(_TENANT, claims)


def _played(estate: Estate, ci: CiSpec, clusters: Clusters) -> Estate:
    """The estate as it would be if those who play were the real ones; jobs come from here."""
    addresses = {name: server.address for name, server in clusters.servers.items()}
    spec = estate.spec.model_copy(
        update={
            "vault": estate.spec.vault.model_copy(update={"clusters": addresses}),
            "ci": ci.model_copy(update={"issuer": clusters.issuer.url(_TENANT), "addresses": ()}),
        }
    )
    return replace(estate, spec=spec)
