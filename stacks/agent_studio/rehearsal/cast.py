"""Who plays whom in a rehearsal of an estate: written where the twin of Vault looks for it."""

from pathlib import Path

from agent_studio.estate import Estate
from agent_studio.estate.names import vault as names
from agent_studio.estate.vault import ENVELOPE, issuer
from agent_studio.rehearsal.twins.vault.played import Played, write_played
from agent_studio.rehearsal.vault.cells import add_key, mount, open_place
from agent_studio.rehearsal.vault.clusters import Clusters
from agent_studio.rehearsal.vault.tokens import tenant

_PATIENCE_SECONDS = 180.0


def cast(estate: Estate, clusters: Clusters, folder: Path, *, at_once: bool) -> None:
    """Write who plays the clusters and the issuers of an estate.

    Args:
        estate: the estate.
        clusters: a running cluster for each of its jurisdictions.
        folder: where the twin of Vault keeps what it holds.
        at_once: whether cells are applied beside the core, and wait for what it makes.
    """
    addresses = estate.spec.vault.clusters
    servers = {address: clusters.servers[name] for name, address in addresses.items()}
    signers = {issuer(each): clusters.issuer.url(tenant(each)) for each in estate.accounts}
    write_played(
        folder,
        Played(
            servers={address: each.address for address, each in servers.items()},
            authorities={address: str(each.authority) for address, each in servers.items()},
            # Where the estate trusts a CI, Terraform logs in as its job.
            tokens={}
            if estate.spec.ci is not None
            else {address: each.root_token for address, each in servers.items()},
            issuers={name: url for name, url in signers.items() if name is not None},
            issuer_authority=clusters.issuer.authority.read_text("utf-8"),
            patience=_PATIENCE_SECONDS if at_once else 0.0,
        ),
    )


def stand_in_for_core(estate: Estate, clusters: Clusters) -> None:
    """Make the places that all cells of a jurisdiction share, where the core is not rehearsed.

    Args:
        estate: the estate.
        clusters: a running cluster for each of its jurisdictions.
    """
    for jurisdiction, server in clusters.servers.items():
        place = names.shared(estate.studio, jurisdiction, estate.spec.vault.isolation)
        within = open_place(server.api, place)
        mount(within, names.transit_mount(place), "transit")
        for each in estate.data_classes:
            add_key(within, place, names.class_key(each.name), ENVELOPE)
