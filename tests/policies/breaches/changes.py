"""Data that a plan, or a stack, would lose."""

from policies.breaches.breach import breach
from policies.breaches.cell import Cell

from agent_studio.policies import Stage

PLAN = (Stage.PLAN,)
LOST = ("destruction-data", "data-bearing-destroyed")
UNPROTECTED = ("destruction-data", "data-bearing-unprotected")


@breach(*LOST, stages=PLAN)
def bucket_replaced(cell: Cell) -> None:
    """An empty bucket takes the place of a full one."""
    cell.act(cell.part("bucket"), "delete", "create")


@breach(*LOST, stages=PLAN)
def bucket_replaced_the_other_way_round(cell: Cell) -> None:
    """The new one is made first; the old one goes all the same."""
    cell.act(cell.part("bucket"), "create", "delete")


@breach(*LOST, stages=PLAN)
def queue_destroyed(cell: Cell) -> None:
    """Work that waits is lost."""
    cell.act(cell.part("queue"), "delete")


@breach(*LOST, stages=PLAN)
def key_destroyed(cell: Cell) -> None:
    """With the key goes everything under it."""
    cell.act(cell.part("key"), "delete")


@breach(*LOST, stages=PLAN)
def log_group_forgotten(cell: Cell) -> None:
    """Nothing guards what Terraform no longer knows."""
    cell.act(cell.part("log group"), "forget")


@breach(*LOST, stages=PLAN)
def repository_replaced(cell: Cell) -> None:
    """The images that run are gone."""
    cell.act(cell.part("repository"), "delete", "create")


@breach(*UNPROTECTED)
def bucket_no_longer_protected(cell: Cell) -> None:
    """The next plan may destroy it."""
    cell.body(cell.part("bucket"))["lifecycle"] = {"prevent_destroy": False}


@breach(*UNPROTECTED)
def key_no_longer_protected(cell: Cell) -> None:
    """The next plan may destroy it."""
    del cell.body(cell.part("key"))["lifecycle"]


@breach(*UNPROTECTED)
def bucket_emptied_at_need(cell: Cell) -> None:
    """`force_destroy` deletes every object without asking."""
    cell.set(cell.part("bucket"), force_destroy=True)


@breach(*LOST)
def bucket_removed_from_the_state(cell: Cell) -> None:
    """A `removed` block lets go of it."""
    where = cell.part("bucket")
    cell.stack["removed"] = [{"from": f"${{{where}}}", "lifecycle": {"destroy": False}}]


@breach("destruction-data", "data-protection-weakened", stages=PLAN)
def logs_kept_for_a_day(cell: Cell) -> None:
    """A year of logs is gone tomorrow."""
    where = cell.part("log group")
    cell.set(where, retention_in_days=1)
    cell.was(where, retention_in_days=365)


@breach("destruction-data", "data-protection-weakened", stages=PLAN)
def versions_switched_off(cell: Cell) -> None:
    """What is overwritten is gone."""
    where = cell.part("versioning")
    cell.set(where, versioning_configuration={"status": "Suspended"})
    cell.was(where, versioning_configuration=[{"status": "Enabled"}])
