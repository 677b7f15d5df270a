"""Cells on Azure to synthesize."""

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from agent_studio.estate import Cell, Cloud, Runtime
from support.aws_cells import COLLECTOR, Stack, cell_of


def cell(*runtimes: Runtime, region: str = "eastus2") -> Cell:
    """A cell in one subscription, with these runtimes."""
    return cell_of(
        *(runtimes or (COLLECTOR,)),
        cloud=Cloud.AZURE,
        region=region,
        name="retail-us",
        id_="00000000-0000-4000-8000-000000000001",
        owner="retail",
        tenant="00000000-0000-4000-8000-00000000000a",
        network="10.16.32.0/20",
        vault_address=None,
    )


@cache
def foundation(*runtimes: Runtime, region: str = "eastus2") -> Stack:
    """Keys, network and stores of `cell(*runtimes, region=region)` in one stack."""
    from cdktf import App

    from agent_studio.constructs.azure.keys import CellKeys
    from agent_studio.constructs.azure.network import CellNetwork
    from agent_studio.constructs.azure.store import AccessLogs, ResidentStore
    from agent_studio.stacks.azure.base import AzureStack

    made = cell(*runtimes, region=region)
    with TemporaryDirectory() as folder:
        app = App(outdir=folder)
        stack = AzureStack(app, place=made.scope, account=made.account)
        keys = CellKeys(stack, "keys", cell=made)
        network = CellNetwork(stack, "network", cell=made, keys=keys)
        logs = AccessLogs(stack, "access-logs", cell=made)
        for each in made.data_classes:
            ResidentStore(
                stack,
                f"store-{each.name}",
                cell=made,
                keys=keys,
                network=network,
                data_class=each,
                access_logs=logs,
            )
        app.synth()
        written = Path(folder) / "stacks" / made.stack / "cdk.tf.json"
        return Stack(json.loads(written.read_text(encoding="utf-8")))
