"""A kill over real OpenBao servers, AWS's emulator and doubles of the other clouds."""

import json

import hvac  # type: ignore[import-untyped]
import pytest
from delivery.kill.world import World, add_service, client, faults, run_path, runtime_of
from jsonschema import Draft202012Validator
from support.schemas import SCHEMAS, published

from agent_studio.delivery.kill.command import Report
from agent_studio.delivery.kill.scope import Aim
from agent_studio.estate.errors import ExitCode, StudioError
from agent_studio.estate.names import aws, azure, vault

CELL = "aws-eu-west-1-payments-eu"
EPOCH = Draft202012Validator(json.loads((SCHEMAS / "kill-epoch.schema.json").read_text()))


def alive(login: hvac.Client) -> bool:
    """Whether a login holds."""
    try:
        return bool(login.auth.token.lookup_self())
    except hvac.exceptions.Forbidden:
        return False


def steps(report: Report) -> dict[str, list[str]]:
    """The names of each cell's steps."""
    return {cell.id: [each.name for each in cell.outcomes] for cell in report.cells}


def test_a_cell_with_fifty_live_tokens_is_killed(world: World) -> None:
    """Every step is confirmed, no token of the cell works any more, and all others do."""
    cell, other = world.cell("eu-west-1"), world.cell("eu-central-1")
    ours = [world.log_in(cell, ("analyst", "collector")[n % 2], shared=n > 40) for n in range(50)]
    bystanders = [world.log_in(other, shared=shared) for shared in (False, True)]
    report = world.kill(Aim(kind="cell", name=CELL))
    assert faults(report) == {}
    assert report.confirmed
    assert not any(alive(each) for each in ours)
    assert all(alive(each) for each in bystanders)
    with pytest.raises(hvac.exceptions.Forbidden):
        world.log_in(cell)
    world.log_in(other)


def test_the_whole_estate_is_killed_and_comes_back(world: World) -> None:
    """On three clouds in two jurisdictions, each cell's steps are confirmed; so are the undo's."""
    world.log_in(world.cell("eastus2"))
    report = world.kill(Aim(kind="all"))
    assert faults(report) == {}
    published("kill", json.dumps(report.as_json()))
    for cell in world.estate.cells:
        document = world.epoch(cell)
        EPOCH.validate(document)
        assert document["deny"] == ["*"]
        assert document["reason"] == "a drill"
    killed = {cell.id: world.epoch(cell)["epoch"] for cell in world.estate.cells}
    west, google, us = (world.cell(each) for each in ("eu-west-1", "europe-west3", "eastus2"))
    assert scaling(world, "collector") == (0, 0)
    assert world.google.services[run_path(google, runtime_of(google))]["scaling"] == {
        "scalingMode": 2,
        "manualInstanceCount": 0,
    }
    app = (azure.resource_group(us.scope), azure.container_app(us.scope, "analyst"))
    assert (world.azure.apps[app], world.azure.replicas[app]) == ("Stopped", 0)

    report = world.undo(Aim(kind="all"))
    assert faults(report) == {}
    published("kill", json.dumps(report.as_json()))
    for cell in world.estate.cells:
        document = world.epoch(cell)
        EPOCH.validate(document)
        assert document["deny"] == []
        assert document["approver"] == "ada"
        assert document["epoch"] > killed[cell.id]
        assert alive(world.log_in(cell, shared=True))
    assert scaling(world, "collector") == (0, 7)
    assert world.google.services[run_path(google, runtime_of(google))]["scaling"] == {
        "scalingMode": 1
    }
    assert world.azure.apps[app] == "Running"
    assert alive(world.log_in(west))


def scaling(world: World, name: str) -> tuple[int, int]:
    """What an ECS service wishes, and up to what it scales."""
    cell = world.cell("eu-west-1")
    cluster, service = aws.cluster(cell.scope), aws.label(cell.scope, name)
    found = client(cell, "ecs").describe_services(cluster=cluster, services=[service])
    targets = client(cell, "application-autoscaling").describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=[f"service/{cluster}/{service}"]
    )
    return found["services"][0]["desiredCount"], targets["ScalableTargets"][0]["MaxCapacity"]


@pytest.mark.slow
def test_a_runtime_is_killed_in_every_cell_and_nothing_beside_it(world: World) -> None:
    """The other runtime of the cell keeps its logins and its instances."""
    cell = world.cell("eu-west-1")
    ours, beside = world.log_in(cell), world.log_in(cell, "collector")
    shared = world.log_in(cell, "collector", shared=True)
    report = world.kill(Aim(kind="runtime", name="analyst"))
    assert faults(report) == {}
    own = ["logins", "tokens", "epoch", "scale/analyst", "tokens-after"]
    assert list(steps(report).values()) == [own] * 4
    assert not alive(ours)
    assert alive(beside)
    assert alive(shared)
    assert alive(world.log_in(cell, "collector"))
    assert world.epoch(cell)["deny"] == ["analyst"]
    assert scaling(world, "collector") == (2, 7)
    assert scaling(world, "analyst") == (0, 0)

    world.kill(Aim(kind="cell", name=CELL))
    assert world.epoch(cell)["deny"] == ["*", "analyst"]
    report = world.undo(Aim(kind="runtime", name="analyst"))
    refused = [name for name in faults(report) if name.startswith(CELL)]
    assert refused == [f"{CELL} {step}" for step in ("mailbox", "logins", "scale/analyst", "epoch")]
    assert "the whole cell is killed" in faults(report)[f"{CELL} mailbox"]
    with pytest.raises(hvac.exceptions.Forbidden):
        world.log_in(cell)


@pytest.mark.slow
def test_a_killed_cell_holds_nothing_that_nobody_declared(world: World) -> None:
    """Services, tasks, roles, leases and tokens that the estate does not know go too."""
    cell = world.cell("eu-west-1")
    own, _ = world.places(cell)
    add_service(cell, "stray")
    mount, api = f"auth/{vault.auth_mount(cell.scope, own)}", world.api(cell, own)
    role = api.call("GET", f"{mount}/role/{aws_role(world, 'analyst')}")["data"]
    kept = {k: v for k, v in role.items() if v not in (None, "", 0) and "ttl" not in k}
    api.call("POST", f"{mount}/role/stray", kept)
    allowed = {"policy": json.dumps({"path": {"*": {"capabilities": ["create", "update"]}}})}
    for policy in role["token_policies"]:
        api.call("PUT", f"sys/policies/acl/{policy}", allowed)
    parent = world.log_in(cell)
    child = hvac.Client(
        url=parent.url,
        session=parent.session,
        namespace=own.namespace,
        token=parent.auth.token.create(no_parent=False)["auth"]["client_token"],
    )
    issue_certificate(world)
    leases = api.call("LIST", "sys/leases/lookup/pki/issue/any")["data"]["keys"]
    assert leases
    report = world.kill(Aim(kind="cell", name=CELL))
    assert faults(report) == {}
    assert not alive(parent)
    assert not alive(child)
    with pytest.raises(StudioError, match="404"):
        api.call("LIST", "sys/leases/lookup/pki/issue/any")
    closed = api.call("GET", f"{mount}/role/stray")["data"]["token_bound_cidrs"]
    assert closed == ["255.255.255.255"]
    ecs, cluster = client(cell, "ecs"), aws.cluster(cell.scope)
    found = ecs.describe_services(cluster=cluster, services=["stray"])["services"][0]
    assert found["desiredCount"] == 0
    api.call("DELETE", f"{mount}/role/stray")


def aws_role(world: World, name: str) -> str:
    """The name of a role of Vault."""
    return vault.role(world.cell("eu-west-1").scope, name)


def issue_certificate(world: World) -> None:
    """Lend a certificate in the cell's place, for which Vault keeps a lease."""
    cell = world.cell("eu-west-1")
    api = world.api(cell, world.places(cell)[0])
    if "pki/" not in api.call("GET", "sys/mounts")["data"]:
        api.call("POST", "sys/mounts/pki", {"type": "pki"})
        api.call("POST", "pki/root/generate/internal", {"common_name": "x", "key_type": "ec"})
        rule = {"allow_any_name": True, "generate_lease": True, "key_type": "ec", "ttl": "1h"}
        api.call("POST", "pki/roles/any", rule)
    api.call("POST", "pki/issue/any", {"common_name": "x.example"})


@pytest.mark.slow
def test_a_kill_may_be_repeated(world: World) -> None:
    """The second is confirmed too, raises the epoch, and forgets nothing that an undo needs."""
    aim = Aim(kind="account", name="payments-eu")
    cell = world.cell("eu-west-1")
    world.kill(aim)
    first = world.epoch(cell)["epoch"]
    report = world.kill(aim)
    assert faults(report) == {}
    assert world.epoch(cell)["epoch"] > first
    assert faults(world.undo(aim, approver="bob")) == {}
    assert alive(world.log_in(cell))


def test_everything_is_in_the_journal_before_it_is_done(world: World) -> None:
    """A begin before anything, what a role admitted before it is closed, and how it ended."""
    aim = Aim(kind="cell", name=CELL)
    world.kill(aim)
    world.undo(aim)
    lines = world.journal
    assert [line["event"] for line in lines] == ["begin", *["former"] * 4, "end", "begin", "end"]
    begin, end = lines[0], lines[5]
    assert begin["action"] == "kill"
    assert "@" in begin["who"]
    assert begin["scope"] == {"kind": "cell", "name": CELL}
    assert begin["reason"] == "a drill"
    assert begin["cells"][0]["steps"][:3] == ["logins", "tokens", "epoch"]
    assert lines[1]["networks"] == ["127.16.0.0/20"]
    assert end["confirmed"] is True
    assert {line["id"] for line in lines[:6]} == {begin["id"]}
    assert lines[6]["approver"] == "ada"
    assert lines[6]["action"] == "undo"


@pytest.mark.parametrize(
    ("approver", "name", "said"),
    [
        ("eve", CELL, "eve may not approve this undo"),
        ("bob", "gcp-europe-west3-research-de", "bob may not approve this undo"),
        ("", CELL, "nobody may not approve this undo"),
    ],
)
def test_an_undo_needs_an_approver_of_the_cell(
    world: World, approver: str, name: str, said: str
) -> None:
    """Nothing is done, and the refusal is in the journal."""
    with pytest.raises(StudioError, match=said) as raised:
        world.undo(Aim(kind="cell", name=name), approver=approver)
    assert raised.value.exit_code is ExitCode.DENIED
    assert world.journal[-1]["event"] == "refused"
    assert world.journal[-1]["approver"] == approver
    assert [line["event"] for line in world.journal] == ["refused"]
    assert world.epoch_text(world.cell("eu-west-1")) == "unset"


def test_an_undo_needs_somebody_who_may_approve(world: World) -> None:
    """Without a file of approvers nobody may."""
    world.approvers.unlink()
    with pytest.raises(StudioError, match="nobody is named") as raised:
        world.undo(Aim(kind="all"))
    assert raised.value.exit_code is ExitCode.DENIED


def test_nothing_is_done_without_a_journal(world: World) -> None:
    """Where it can't be written, no request is sent."""
    folder = world.folder / "full"
    folder.write_text("a file where the state folder should be")
    with pytest.raises(StudioError, match="can't be written"):
        world.kill(Aim(kind="cell", name=CELL), state_dir=folder)
    assert world.epoch_text(world.cell("eu-west-1")) == "unset"
    assert alive(world.log_in(world.cell("eu-west-1")))
