"""The mends, held against the real AWS provider in one apply."""

import re
import shutil
from pathlib import Path

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from agent_studio.rehearsal import mends
from agent_studio.rehearsal.sessions import Sessions

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ACCOUNT, REGION = "222222222222", "eu-west-1"


@pytest.mark.cloud
@pytest.mark.slow
def test_mended_resources_apply_and_a_second_plan_is_empty(terraform) -> None:  # type: ignore[no-untyped-def]
    """Everything that moto alone gets wrong is created, read back as written, and destroyed."""
    shutil.copyfile(HERE / "mended.tf", terraform.work / "mended.tf")
    for words in (("init",), ("apply", "-auto-approve", "-parallelism=30")):
        done = terraform(*words)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    again = terraform("plan", "-detailed-exitcode")
    assert again.returncode == 0, again.stdout[-3000:] + again.stderr[-3000:]
    gone = terraform("destroy", "-auto-approve", "-parallelism=30")
    assert gone.returncode == 0, gone.stdout[-3000:] + gone.stderr[-3000:]


def test_a_missing_rule_group_is_the_documented_error(sessions: Sessions) -> None:
    """What was never made is a ResourceNotFoundException, which the provider waits for."""
    client = sessions.client("network-firewall", account=ACCOUNT, region=REGION)
    with pytest.raises(ClientError) as caught:
        client.describe_rule_group(RuleGroupName="none", Type="STATEFUL")
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_a_deleted_analyzer_leaves_its_name_free(sessions: Sessions) -> None:
    """A call with a query, as the provider deletes, acts; the same name can be made again."""
    client = sessions.client("accessanalyzer", account=ACCOUNT, region="eu-west-3")
    for _ in range(2):
        client.create_analyzer(analyzerName="again", type="ACCOUNT", clientToken="one")
        with pytest.raises(ClientError, match="ConflictException"):
            client.create_analyzer(analyzerName="again", type="ACCOUNT", clientToken="two")
        client.delete_analyzer(analyzerName="again", clientToken="three")
        assert client.list_analyzers()["analyzers"] == []


def test_an_update_with_an_old_token_is_refused(sessions: Sessions) -> None:
    """Two writers of one rule group cannot overwrite each other unseen."""
    client = sessions.client("network-firewall", account=ACCOUNT, region=REGION)
    made = client.create_rule_group(
        RuleGroupName="contested", Type="STATEFUL", Capacity=1, Rules="drop ip any any -> any any"
    )
    words = {
        "UpdateToken": made["UpdateToken"],
        "RuleGroupArn": made["RuleGroupResponse"]["RuleGroupArn"],
        "Rules": "pass ip any any -> any any",
    }
    client.update_rule_group(**words)
    with pytest.raises(ClientError) as caught:
        client.update_rule_group(**words)
    assert caught.value.response["Error"]["Code"] == "InvalidTokenException"


def test_a_rule_group_in_use_is_not_deleted(sessions: Sessions) -> None:
    """DNS Firewall keeps a rule group as long as a network uses it."""
    client = sessions.client("route53resolver", account=ACCOUNT, region=REGION)
    group = client.create_firewall_rule_group(CreatorRequestId="1", Name="g")["FirewallRuleGroup"]
    link = client.associate_firewall_rule_group(
        CreatorRequestId="2",
        FirewallRuleGroupId=group["Id"],
        VpcId="vpc-00000000",
        Priority=101,
        Name="l",
    )["FirewallRuleGroupAssociation"]
    with pytest.raises(ClientError) as caught:
        client.delete_firewall_rule_group(FirewallRuleGroupId=group["Id"])
    assert caught.value.response["Error"]["Code"] == "ConflictException"
    client.disassociate_firewall_rule_group(FirewallRuleGroupAssociationId=link["Id"])
    client.delete_firewall_rule_group(FirewallRuleGroupId=group["Id"])


def test_performance_insights_are_read_back(sessions: Sessions) -> None:
    """A database tells whether Performance Insights is on, and under which key."""
    client = sessions.client("rds", account=ACCOUNT, region=REGION)
    client.create_db_instance(
        DBInstanceIdentifier="watched",
        DBInstanceClass="db.t4g.medium",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="studio",
        ManageMasterUserPassword=True,
        EnablePerformanceInsights=True,
        PerformanceInsightsKMSKeyId="arn:aws:kms:eu-west-1:222222222222:key/k",
    )
    found = client.describe_db_instances(DBInstanceIdentifier="watched")["DBInstances"][0]
    assert found["PerformanceInsightsEnabled"] is True
    assert found["PerformanceInsightsKMSKeyId"].endswith("key/k")
    assert found["PerformanceInsightsRetentionPeriod"] == 7


def test_every_mend_is_in_the_reference() -> None:
    """Each module of mends has its row in `docs/reference/emulator.md`, and no row is stale."""
    page = (ROOT / "docs" / "reference" / "emulator.md").read_text()
    listed = set(re.findall(r"^\| `(\w+)` \|", page, re.M))
    assert listed == set(mends.MODULES)
    folder = Path(mends.__file__).parent
    there = {p.stem for p in folder.iterdir() if not p.name.startswith(("_", "."))} - {"call"}
    assert there == set(mends.MODULES)


def test_every_mend_cites_its_source() -> None:
    """Each module names the API documentation that it follows."""
    folder = Path(mends.__file__).parent
    for name in mends.MODULES:
        path = folder / f"{name}.py"
        text = (path if path.exists() else folder / name / "__init__.py").read_text()
        assert "Source:" in text, name
