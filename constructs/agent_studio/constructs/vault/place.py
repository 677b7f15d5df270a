"""`VaultPlace`: a part of a cluster that is held apart, with its keys."""

from collections.abc import Mapping

from cdktf import TerraformProvider, TerraformResource, TerraformResourceLifecycle
from cdktf_cdktf_provider_vault.mount import Mount
from cdktf_cdktf_provider_vault.namespace import Namespace
from cdktf_cdktf_provider_vault.transit_secret_backend_key import TransitSecretBackendKey
from constructs import Construct

from agent_studio.estate.names import vault as names


class VaultPlace(Construct):
    """A place's namespace, where it is one, and its keys.

    Guarantee: no key leaves Vault, is written into a backup in the clear, or can be deleted; a plan
    that would destroy the place, an engine or a key fails.

    Args:
        scope: the block that it is of.
        id_: the construct's id.
        place: which one.
        keys: name of each transit key -> its type.
        about: whose it is, for people who list mounts.
        provider: the cluster; by default the stack's only one.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        place: names.Place,
        keys: Mapping[str, str],
        about: str,
        provider: TerraformProvider | None = None,
    ) -> None:
        super().__init__(scope, id_)
        self.needs: list[TerraformResource] = []
        """What everything in the place depends on: it is named, and so not referred to."""
        if place.namespace:
            self.needs.append(
                Namespace(
                    self,
                    "namespace",
                    path=place.namespace,
                    lifecycle=kept(),
                    provider=provider,
                )
            )
        transit = Mount(
            self,
            "transit",
            namespace=place.namespace or None,
            path=names.transit_mount(place),
            type="transit",
            description=f"Keys of {about}.",
            depends_on=self.needs,
            lifecycle=kept(),
            provider=provider,
        )
        for name, kind in sorted(keys.items()):
            TransitSecretBackendKey(
                self,
                f"key-{name}",
                namespace=place.namespace or None,
                backend=names.transit_mount(place),
                name=name,
                type=kind,
                exportable=False,
                allow_plaintext_backup=False,
                deletion_allowed=False,
                depends_on=[transit],
                lifecycle=kept(),
                provider=provider,
            )


def kept() -> TerraformResourceLifecycle:
    """What holds data is never destroyed by a plan."""
    return TerraformResourceLifecycle(prevent_destroy=True)
