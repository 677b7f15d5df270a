"""`CoreVault`: what the core has in every cluster of the estate."""

from collections.abc import Mapping

from cdktf import TerraformProvider
from constructs import Construct

from agent_studio.constructs.vault.place import VaultPlace
from agent_studio.estate import Estate
from agent_studio.estate.names import vault as names
from agent_studio.estate.vault import ENVELOPE, SIGNATURE


class CoreVault(Construct):
    """The core's own key, and the keys of pseudonyms of every jurisdiction.

    Guarantee: a pseudonym's key lies in the cluster of its jurisdiction, and no cell owns it: a
    field of one data class gets one pseudonym in all cells of a jurisdiction, and another one
    elsewhere. The core signs gate records and bundles with a key of its own.

    Args:
        scope: the stack.
        id_: the construct's id.
        estate: the whole estate.
        clusters: jurisdiction -> its cluster.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        estate: Estate,
        clusters: Mapping[str, TerraformProvider],
    ) -> None:
        super().__init__(scope, id_)
        isolation = estate.spec.vault.isolation
        VaultPlace(
            self,
            "own",
            place=names.cell(estate.core_scope, isolation),
            keys={names.SIGNING_KEY: SIGNATURE},
            about="the core",
            provider=clusters[estate.core_region.jurisdiction],
        )
        keys = {names.class_key(each.name): ENVELOPE for each in estate.data_classes}
        for jurisdiction, cluster in clusters.items():
            VaultPlace(
                self,
                f"pseudonyms-{jurisdiction.lower()}",
                place=names.shared(estate.studio, jurisdiction, isolation),
                keys=keys,
                about=f"pseudonyms in {jurisdiction}",
                provider=cluster,
            )
