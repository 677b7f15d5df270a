"""What a Google Cloud cell's network lets through, read off the synthesized stack."""

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.gcp_cells import COLLECTOR, TALKER, cell, runtime, stack, synthesize, synthesized

from agent_studio.constructs.gcp.network.addresses import carve
from agent_studio.estate.errors import StudioError

RULE = "google_compute_region_network_firewall_policy_rule"
RESTRICTED = "199.36.153.4/30"


def test_a_closed_cell_has_one_route_to_googles_services() -> None:
    """Default routes are removed; without egress and Vault there is no route or translator out."""
    closed = synthesized(runtime(), COLLECTOR, vault=None)
    vpc = closed.at("google_compute_network", "network/private/vpc")
    assert vpc["delete_default_routes_on_create"] is True
    assert vpc["auto_create_subnetworks"] is False
    (route,) = closed.of("google_compute_route").values()
    assert route["dest_range"] == RESTRICTED
    for kind in ("google_compute_router", "google_compute_router_nat", "google_compute_address"):
        assert closed.of(kind) == {}


def test_every_subnet_is_private_and_logged() -> None:
    """Subnets lie in the region, reach Google's services privately, and log every flow."""
    subnets = stack().of("google_compute_subnetwork")
    assert {each["ip_cidr_range"] for each in subnets.values()} == {
        "10.16.16.0/21",
        "10.16.24.0/22",
    }
    for each in subnets.values():
        assert each["region"] == "europe-west3"
        assert each["private_ip_google_access"] is True
        assert each["stack_type"] == "IPV4_ONLY"
        assert each["log_config"]["flow_sampling"] == 1


def test_the_firewall_ends_by_denying_everything() -> None:
    """The last rules deny all traffic both ways; a closed cell admits Google's services alone."""
    rules = synthesized(runtime(), COLLECTOR, vault=None).of(RULE)
    by_priority = sorted(rules.values(), key=lambda each: each["priority"])
    assert [(each["action"], each["direction"]) for each in by_priority] == [
        ("allow", "EGRESS"),
        ("deny", "EGRESS"),
        ("deny", "INGRESS"),
    ]
    assert by_priority[0]["match"] == {
        "dest_ip_ranges": [RESTRICTED],
        "layer4_configs": [{"ip_protocol": "tcp", "ports": ["443"]}],
    }
    for each, side in zip(by_priority[1:], ("dest_ip_ranges", "src_ip_ranges"), strict=True):
        assert each["match"] == {
            side: ["0.0.0.0/0"],
            "layer4_configs": [{"ip_protocol": "all"}],
        }
    assert all(each["enable_logging"] is True for each in rules.values())
    (bound,) = (
        synthesized(runtime(), COLLECTOR)
        .of("google_compute_region_network_firewall_policy_association")
        .values()
    )
    assert bound["attachment_target"].startswith("${google_compute_network.network_private_vpc_")


def test_declared_names_are_admitted_from_their_own_subnet_alone() -> None:
    """TLS to the declared names, from the one subnet whose addresses are translated."""
    rule = stack().at(RULE, "network/firewall/declared-0")
    assert rule["match"] == {
        "src_ip_ranges": ["10.16.24.0/22"],
        "dest_fqdns": ["api.github.com"],
        "layer4_configs": [{"ip_protocol": "tcp", "ports": ["443"]}],
    }
    open_cell = synthesized(runtime(), TALKER, vault=None)
    assert open_cell.at(RULE, "network/firewall/declared-0") == rule
    (nat,) = open_cell.of("google_compute_router_nat").values()
    assert nat["source_subnetwork_ip_ranges_to_nat"] == "LIST_OF_SUBNETWORKS"
    (translated,) = nat["subnetwork"]
    assert translated["name"].startswith("${google_compute_subnetwork.network_internet_subnet_")


def test_only_a_runtime_that_declares_egress_is_in_that_subnet() -> None:
    """Of two runtimes of a cell, the one without egress is in the subnet that only Vault admits."""

    def subnet(name: str) -> str:
        service = stack().at("google_cloud_run_v2_service", f"runtime-{name}/service")
        (interface,) = service["template"]["vpc_access"]["network_interfaces"]
        return str(interface["subnetwork"])

    assert subnet("talker").startswith("${google_compute_subnetwork.network_internet_subnet_")
    assert subnet("analyst").startswith("${google_compute_subnetwork.network_private_subnet_")


def test_dns_answers_for_the_cells_services_and_declared_names_alone() -> None:
    """An empty zone for the root refuses every name; no wildcard stands for Google's services."""
    zones = {each["dns_name"]: each for each in stack().of("google_dns_managed_zone").values()}
    assert set(zones) == {".", "googleapis.com.", "api.github.com.", "vault.eu.acme.example."}
    assert all(each["visibility"] == "private" for each in zones.values())
    records = stack().of("google_dns_record_set").values()
    assert {each["name"] for each in records} == {
        "europe-west3-aiplatform.googleapis.com.",
        "europe-west3-pubsub.googleapis.com.",
        "secretmanager.googleapis.com.",
        "storage.googleapis.com.",
    }
    restricted = [str(each) for each in IPv4Network(RESTRICTED)]
    assert all(each["rrdatas"] == restricted for each in records)
    (policy,) = stack().of("google_dns_policy").values()
    assert policy["enable_logging"] is True


def test_a_model_of_every_region_is_reached_by_its_own_endpoint() -> None:
    """Only a runtime that declares the global location lets the cell find the global endpoint."""

    def hosts(*models: str) -> set[str]:
        found = synthesized(runtime(models=models)).of("google_dns_record_set").values()
        return {each["name"] for each in found if "aiplatform" in each["name"]}

    assert hosts() == set()
    assert hosts("vertex/europe-west4/gemini-2.5-pro", "bedrock/amazon.nova-pro") == {
        "europe-west4-aiplatform.googleapis.com."
    }
    assert hosts("vertex/global/gemini-2.5-pro") == {"aiplatform.googleapis.com."}


def test_a_model_endpoint_that_the_network_does_not_reach_is_refused() -> None:
    """The multi-region endpoints are refused with what to name instead."""
    with pytest.raises(StudioError, match="name the region that shall process the prompts"):
        synthesize(cell(runtime(models=("vertex/eu/gemini-2.5-pro",))))


def test_a_wildcard_under_egress_is_refused() -> None:
    """A firewall policy takes no wildcard, so a cell that declares one is not synthesized."""
    with pytest.raises(StudioError, match=r"found \*\.example\.org"):
        synthesize(cell(runtime("talker", egress=("*.example.org",))))


@given(prefix=st.integers(16, 24))
def test_subnets_lie_in_the_cells_range_and_never_overlap(prefix: int) -> None:
    """Whatever its size, a cell's range holds both subnets, each large enough for Cloud Run."""
    network = IPv4Network((0x0A000000, prefix))
    carved = carve(network)
    assert carved.private.subnet_of(network)
    assert carved.egress.subnet_of(network)
    assert not carved.private.overlaps(carved.egress)
    assert carved.egress.prefixlen <= 26


@pytest.mark.parametrize("network", ["10.0.0.0/15", "10.0.0.0/25"])
def test_a_range_of_another_size_is_refused(network: str) -> None:
    """Too large and too small ranges are refused, with the sizes that are taken."""
    with pytest.raises(StudioError, match="from /16 to /24"):
        carve(IPv4Network(network))


def test_the_first_declared_name_moves_no_subnet() -> None:
    """A cell that gets its first egress keeps its private subnet as it is."""
    path = "network/private/subnet"
    kind = "google_compute_subnetwork"
    assert synthesized(runtime()).at(kind, path) == synthesized(runtime(), TALKER).at(kind, path)
