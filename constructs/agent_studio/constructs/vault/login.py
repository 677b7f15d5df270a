"""`WorkloadLogin`: how a cell's runtimes log in at a place, and what they may do there."""

from collections.abc import Callable, Mapping, Sequence

from cdktf import TerraformResource
from cdktf_cdktf_provider_vault.jwt_auth_backend import JwtAuthBackend
from cdktf_cdktf_provider_vault.jwt_auth_backend_role import JwtAuthBackendRole
from cdktf_cdktf_provider_vault.policy import Policy
from constructs import Construct

from agent_studio.estate import Cell, Runtime
from agent_studio.estate.names import vault as names
from agent_studio.estate.vault import SIGNATURES, Lease, policy_text, role_document, workload

Paths = Callable[[names.Place, Runtime], Mapping[str, Sequence[str]]]
"""Gives what a runtime may do at a place: path to capabilities."""


class WorkloadLogin(Construct):
    """A cell's own `jwt` method at a place, with a role and a policy for each runtime.

    Guarantee: who logs in shows a token that the account's own issuer signed, for this cell, to
    this runtime, and comes from the cell's network. A login lasts 15 minutes and an hour at the
    longest, and reaches the paths that are the runtime's own.

    Args:
        scope: the block that it is of.
        id_: the construct's id.
        cell: whose runtimes log in.
        place: where they log in.
        needs: what makes the place; nothing where another stack does.
        issuer: who signs their tokens.
        subjects: name of each runtime -> whom its tokens name.
        paths: what a runtime may do at the place.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        cell: Cell,
        place: names.Place,
        needs: Sequence[TerraformResource] = (),
        issuer: str,
        subjects: Mapping[str, str],
        paths: Paths,
    ) -> None:
        super().__init__(scope, id_)
        namespace = place.namespace or None
        method = JwtAuthBackend(
            self,
            "method",
            namespace=namespace,
            path=names.auth_mount(cell.scope, place),
            type="jwt",
            description=f"Runtimes of {cell.id}.",
            oidc_discovery_url=issuer,
            bound_issuer=issuer,
            jwt_supported_algs=list(SIGNATURES),
            depends_on=list(needs),
        )
        for runtime in cell.runtimes:
            name = names.policy(cell.scope, runtime.name, place)
            policy = Policy(
                self,
                f"policy-{runtime.name}",
                namespace=namespace,
                name=name,
                policy=policy_text(paths(place, runtime)),
                depends_on=list(needs),
            )
            who = workload(cell, runtime, subject=subjects[runtime.name])
            JwtAuthBackendRole(
                self,
                f"role-{runtime.name}",
                namespace=namespace,
                backend=names.auth_mount(cell.scope, place),
                role_name=names.role(cell.scope, runtime.name),
                depends_on=[method, policy],
                **role_document(who, name, [cell.network], Lease()),
            )
