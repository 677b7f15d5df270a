"""How the blocks of a cell come together: alike on every cloud.

Every cloud has the same blocks with the same keyword-only parameters (a conformance test walks
them), so what differs is which package they are from.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cdktf import TerraformStack
from constructs import Construct

from agent_studio.constructs.vault import CellVault
from agent_studio.estate import Cell, Scope
from agent_studio.stacks.vault import add_cluster

Block = Callable[..., Any]
"""A block's class; its outputs differ in their types from cloud to cloud."""


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """One cloud's blocks that hang on its keys, its network and its access logs.

    Attributes:
        store: `ResidentStore`.
        logs: `LogPipeline`.
        mailbox: `ControlMailbox`.
        registry: `ImageRegistry`.
        identity: `WorkloadIdentity`.
        runtime: `AgentRuntime`.
    """

    store: Block
    logs: Block
    mailbox: Block
    registry: Block
    identity: Block
    runtime: Block


def wire(
    stack: TerraformStack,
    blocks: Blocks,
    *,
    cell: Cell,
    core: Scope,
    keys: Construct,
    network: Construct,
    access_logs: Construct,
) -> None:
    """Put a cell's stores, logs, mailbox, registry, runtimes and its Vault into its stack.

    Args:
        stack: the cell's stack.
        blocks: the cloud's.
        cell: what the estate declares.
        core: the core's place, whose computed identities the cell's policies admit.
        keys: its `CellKeys`.
        network: its `CellNetwork`.
        access_logs: its `AccessLogs`.
    """
    stores = [
        blocks.store(
            stack,
            f"store-{data_class.name}",
            cell=cell,
            keys=keys,
            network=network,
            data_class=data_class,
            access_logs=access_logs,
        )
        for data_class in cell.data_classes
    ]
    logs = blocks.logs(stack, "logs", cell=cell, keys=keys, access_logs=access_logs)
    mailbox = blocks.mailbox(
        stack, "mailbox", cell=cell, keys=keys, core=core, access_logs=access_logs
    )
    registry = blocks.registry(stack, "registry", cell=cell, keys=keys, core=core)
    subjects: dict[str, str] = {}
    for runtime in cell.runtimes:
        identity = blocks.identity(
            stack,
            f"identity-{runtime.name}",
            cell=cell,
            runtime=runtime,
            keys=keys,
            stores=stores,
            logs=logs,
            mailbox=mailbox,
        )
        subjects[runtime.name] = identity.vault_subject
        blocks.runtime(
            stack,
            f"runtime-{runtime.name}",
            cell=cell,
            runtime=runtime,
            network=network,
            keys=keys,
            identity=identity,
            logs=logs,
            mailbox=mailbox,
            registry=registry,
        )
    if cell.runtimes and cell.vault_address is not None:
        add_cluster(stack, studio=cell.studio, address=cell.vault_address, by_ci=cell.by_ci)
        CellVault(stack, "vault", cell=cell, subjects=subjects)
