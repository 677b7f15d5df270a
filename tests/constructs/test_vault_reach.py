"""Every runtime of a cell reaches its jurisdiction's Vault, on its host and port, and no more."""

from dataclasses import replace
from typing import Any

import pytest
from support import aws_cells, azure_cells, gcp_cells
from support.aws_cells import Stack

from agent_studio.constructs.vault_host import vault_host
from agent_studio.estate import Cell
from agent_studio.estate.errors import ExitCode, StudioError

VAULT = "https://vault.eu.acme.example:8200"
ON_443 = "https://vault.eu.acme.example"
HOST = "vault.eu.acme.example"
AWS_QUIET = aws_cells.runtime()
AWS_TALKER = aws_cells.runtime("talker", egress=("api.github.com",), models=())
RULE = "google_compute_region_network_firewall_policy_rule"
RULES = "aws_networkfirewall_rule_group"
POLICY = "aws_networkfirewall_firewall_policy"
FIREWALL = "network/internet/firewall"


def aws(*runtimes: Any, vault: str | None = VAULT) -> Stack:
    """An AWS cell."""
    return aws_cells.synthesized(*runtimes, vault=vault)


def groups(stack: Stack) -> list[tuple[int, str]]:
    """The firewall's rule groups in their order, by the end of their construct's path."""
    policy = stack.at(POLICY, f"{FIREWALL}/policy")["firewall_policy"]
    told = policy["stateful_rule_group_reference"]
    return [(each["priority"], each["resource_arn"].split("firewall_")[2]) for each in told]


def out(stack: Stack, runtime: str) -> set[tuple[int, int]]:
    """The ports on which a runtime's group lets it out of the network."""
    group = stack.at("aws_security_group", f"network/runtimes/{runtime}")
    return {
        (each["from_port"], each["to_port"])
        for each in group["egress"]
        if each["cidr_blocks"] == ["0.0.0.0/0"]
    }


def test_aws_passes_vaults_name_on_vaults_port_alone() -> None:
    """One rule passes one name on one port; the next holds all other names to port 443."""
    rules = aws(AWS_QUIET, AWS_TALKER).at(RULES, f"{FIREWALL}/vault")["rule_group"]
    assert rules["stateful_rule_options"] == {"rule_order": "STRICT_ORDER"}
    assert rules["rules_source"]["rules_string"].splitlines() == [
        'pass tls 10.16.0.0/20 any -> any 8200 (tls.sni; content:"vault.eu.acme.example";'
        " startswith; endswith; nocase; flow:to_server, established; sid:1; rev:1;)",
        'drop tls 10.16.0.0/20 any -> any !443 (tls.sni; content:".";'
        " flow:to_server, established; sid:2; rev:1;)",
    ]


def test_aws_looks_at_vaults_rules_before_the_list_of_names() -> None:
    """The list, which names no port, comes after the rules that do; alone they stand, too."""
    found = groups(aws(AWS_QUIET, AWS_TALKER))
    assert [priority for priority, _ in found] == [1, 2]
    assert found[0][1].startswith("vault_")
    assert found[1][1].startswith("names_")
    ((priority, only),) = groups(aws(AWS_QUIET))
    assert priority == 1
    assert only.startswith("vault_")


def test_aws_lets_every_runtime_out_on_vaults_port() -> None:
    """The quiet runtime goes out on 8200 alone, the other on 443, too; none listens."""
    both = aws(AWS_QUIET, AWS_TALKER)
    assert out(both, "analyst") == {(8200, 8200)}
    assert out(both, "talker") == {(443, 443), (8200, 8200)}
    for name in ("analyst", "talker"):
        assert both.at("aws_security_group", f"network/runtimes/{name}")["ingress"] == []


def test_aws_access_lists_open_that_port_and_no_other() -> None:
    """Each list lets out 443 and 8200 to the world; into the egress subnets only from inside."""
    stack = aws(AWS_QUIET)
    for path in ("network/private/access-list", "network/internet/access-list"):
        entries = stack.at("aws_network_acl", path)["egress"]
        world = {
            (each["from_port"], each["to_port"])
            for each in entries
            if each["cidr_block"] == "0.0.0.0/0"
        }
        assert world == {(443, 443), (8200, 8200)}, path
    ingress = stack.at("aws_network_acl", "network/internet/access-list")["ingress"]
    assert [
        (each["cidr_block"], each["from_port"], each["to_port"])
        for each in ingress
        if each["from_port"] < 1024 or each["to_port"] == 8200
    ] == [("10.16.0.0/20", 443, 443), ("10.16.0.0/20", 8200, 8200)]


def test_aws_resolves_vaults_name() -> None:
    """The DNS firewall answers for Vault's host beside the cell's endpoints."""
    path = "network/dns-firewall/admitted"
    kind = "aws_route53_resolver_firewall_domain_list"
    with_vault = {*aws(AWS_QUIET).at(kind, path)["domains"]}
    assert with_vault - {*aws(AWS_QUIET, vault=None).at(kind, path)["domains"]} == {f"{HOST}."}


def test_aws_reaches_sts_in_its_own_region() -> None:
    """Tokens are asked for through an endpoint in the network, under the region's own name."""
    stack = aws(AWS_QUIET)
    endpoint = stack.at("aws_vpc_endpoint", "network/endpoints/sts")
    assert endpoint["service_name"] == "com.amazonaws.eu-west-1.sts"
    assert endpoint["private_dns_enabled"] is True
    (own,) = aws_cells.statements(endpoint["policy"]).values()
    assert own["Action"] == ["sts:*"]
    assert own["Condition"]["StringEquals"]["aws:PrincipalAccount"] == ["222222222222"]
    names = stack.at("aws_route53_resolver_firewall_domain_list", "network/dns-firewall/admitted")
    assert "sts.eu-west-1.amazonaws.com." in names["domains"]


def test_aws_moves_no_subnet_for_vault() -> None:
    """A cell that gets its way to Vault keeps its subnets, endpoints and groups where they are."""
    without, having = aws(AWS_QUIET, vault=None), aws(AWS_QUIET)
    for kind in ("aws_subnet", "aws_vpc", "aws_vpc_endpoint"):
        kept = {path: having.of(kind)[path] for path in without.of(kind)}
        assert kept == without.of(kind)


@pytest.mark.parametrize("runtimes", [(AWS_QUIET,), (AWS_TALKER,)])
def test_aws_takes_vault_on_443_where_all_runtimes_are_alike(runtimes: tuple[Any, ...]) -> None:
    """Vault on the usual port needs no rule twice, and no access list's entry twice."""
    stack = aws(*runtimes, vault=ON_443)
    rules = stack.at(RULES, f"{FIREWALL}/vault")["rule_group"]["rules_source"]["rules_string"]
    assert f'any -> any 443 (tls.sni; content:"{HOST}"' in rules
    (runtime,) = runtimes
    group = stack.at("aws_security_group", f"network/runtimes/{runtime.name}")
    assert sum(each["cidr_blocks"] == ["0.0.0.0/0"] for each in group["egress"]) == 1
    for path in ("network/private/access-list", "network/internet/access-list"):
        numbers = [each["rule_no"] for each in stack.at("aws_network_acl", path)["egress"]]
        assert numbers == [100, 200]


def test_aws_refuses_to_open_declared_names_for_vaults_sake() -> None:
    """On 443 the firewall can't tell a quiet runtime from one that declares names."""
    with pytest.raises(StudioError) as refused:
        aws(AWS_QUIET, AWS_TALKER, vault=ON_443)
    assert refused.value.exit_code is ExitCode.INVALID
    assert refused.value.line == (
        "cell aws-eu-west-1-payments-eu can't reach Vault from runtimes without egress and from"
        " nowhere else; found Vault on port 443, where analyst would reach the names that others"
        " declare; allowed: another port than 443, or egress for all of its runtimes or for none;"
        " fix: let Vault listen on a port of its own, e.g. 8200, or move the runtimes to a cell of"
        " their own"
    )


@pytest.mark.parametrize(("address", "port"), [(VAULT, "8200"), (ON_443, "443")])
def test_google_admits_vaults_name_on_its_port_from_every_subnet(address: str, port: str) -> None:
    """One rule, one name, one port; declared names stay those of their own subnet."""
    stack = gcp_cells.synthesized(gcp_cells.runtime(), gcp_cells.TALKER, vault=address)
    assert stack.at(RULE, "network/firewall/vault")["match"] == {
        "src_ip_ranges": ["10.16.16.0/21", "10.16.24.0/22"],
        "dest_fqdns": [HOST],
        "layer4_configs": [{"ip_protocol": "tcp", "ports": [port]}],
    }
    declared = stack.at(RULE, "network/firewall/declared-0")["match"]
    assert declared["src_ip_ranges"] == ["10.16.24.0/22"]
    assert declared["dest_fqdns"] == ["api.github.com"]
    (nat,) = stack.of("google_compute_router_nat").values()
    assert nat["source_subnetwork_ip_ranges_to_nat"] == "LIST_OF_SUBNETWORKS"
    assert len(nat["subnetwork"]) == 2


def test_google_reaches_vault_without_a_subnet_for_egress() -> None:
    """A cell that declares no names translates its private subnet's addresses, for Vault alone."""
    stack = gcp_cells.synthesized(gcp_cells.runtime())
    assert set(stack.of("google_compute_subnetwork")) == {"network/private/subnet"}
    allowed = [each for each in stack.of(RULE).values() if each["action"] == "allow"]
    assert sorted(each["rule_name"] for each in allowed) == ["google-services", "vault"]
    (nat,) = stack.of("google_compute_router_nat").values()
    (translated,) = nat["subnetwork"]
    assert translated["name"].startswith("${google_compute_subnetwork.network_private_subnet_")
    zone = stack.at("google_dns_managed_zone", f"network/dns/name-{HOST}")
    assert zone["dns_name"] == f"{HOST}."


@pytest.mark.parametrize(("address", "port"), [(VAULT, 8200), (ON_443, 443)])
def test_azure_admits_vaults_name_on_its_port(address: str, port: int) -> None:
    """One rule of the firewall for one name and port; the group opens that port towards it."""
    stack = azure_cells.synthesized(azure_cells.runtime(), vault=address)
    (group,) = stack.of("azurerm_firewall_policy_rule_collection_group").values()
    found = {each["name"]: each for each in group["application_rule_collection"]}
    assert [*found] == ["platform", "vault"]
    assert found["vault"]["action"] == "Allow"
    assert found["vault"]["rule"] == [
        {
            "name": "vault",
            "source_addresses": ["10.16.32.0/22"],
            "destination_fqdns": [HOST],
            "protocols": [{"type": "Https", "port": port}],
        }
    ]
    rules = stack.at("azurerm_network_security_group", "network/runtimes-group")["security_rule"]
    (opened,) = [each for each in rules if each["destination_address_prefix"] == "Internet"]
    assert opened["name"] == "vault-out"
    assert opened["destination_port_ranges"] == [str(port)]


def test_azure_keeps_declared_names_on_443() -> None:
    """Vault's port is no port of the declared names, nor of the platform's."""
    stack = azure_cells.stack()
    (group,) = stack.of("azurerm_firewall_policy_rule_collection_group").values()
    ports = {
        each["name"]: [one["port"] for one in each["rule"][0]["protocols"]]
        for each in group["application_rule_collection"]
    }
    assert ports == {"declared": [443], "platform": [443], "vault": [8200]}


@pytest.mark.parametrize(
    "cell",
    [aws_cells.cell(), gcp_cells.cell(), azure_cells.cell()],
    ids=["aws", "gcp", "azure"],
)
def test_a_cell_without_runtimes_reaches_no_vault(cell: Cell) -> None:
    """Nobody is there who could use it."""
    assert cell.vault_endpoint is None
    assert vault_host(cell) is None


@pytest.mark.parametrize("address", ["https://10.0.0.7:8200", "https://[2001:db8::7]:8200"])
@pytest.mark.parametrize(
    "cell",
    [
        aws_cells.cell(AWS_QUIET),
        gcp_cells.cell(gcp_cells.runtime()),
        azure_cells.cell(azure_cells.runtime()),
    ],
    ids=["aws", "gcp", "azure"],
)
def test_an_address_for_a_name_is_refused(cell: Cell, address: str) -> None:
    """Firewalls know Vault by its name; the refusal is one line that says what to do."""
    with pytest.raises(StudioError) as refused:
        vault_host(replace(cell, vault_address=address))
    assert refused.value.line == (
        f"cell {cell.id} has a Vault address that no firewall can hold to one host; found"
        f" {address}; allowed: https://<DNS name>[:<port>]; fix: give Vault a DNS name, e.g."
        " https://vault.eu.example.com:8200"
    )
