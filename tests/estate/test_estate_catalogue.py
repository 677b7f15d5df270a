"""The region catalogue."""

import botocore.session
import pytest

from agent_studio.estate.catalogue import (
    CLOUDS,
    find_region,
    geographies,
    jurisdictions,
    places,
    region_keys,
    regions,
)
from agent_studio.estate.catalogue.data import _read

# Public regions that opened after the release of botocore that the lock file names. An entry that
# botocore knows by now is to be deleted: the test says so.
NEWER_THAN_BOTOCORE = {"ap-east-2", "ap-southeast-6", "eusc-de-east-1"}
PUBLIC_PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-eusc")


def test_the_aws_regions_are_botocores_own() -> None:
    """Every region that botocore knows in a public partition is in the catalogue, and no other."""
    session = botocore.session.get_session()
    known = {
        name: partition
        for partition in session.get_available_partitions()
        if partition in PUBLIC_PARTITIONS
        for name in session.get_available_regions("ec2", partition)
    }
    ours = {name: region.partition for name, region in regions("aws").items()}
    newer = {name for name in NEWER_THAN_BOTOCORE if name not in known}
    assert {n: p for n, p in ours.items() if n not in NEWER_THAN_BOTOCORE} == {
        n: p for n, p in known.items() if n not in NEWER_THAN_BOTOCORE
    }
    assert newer <= ours.keys()


def test_the_catalogue_is_complete_in_number() -> None:
    """A region lost from the data is noticed."""
    assert {cloud: len(regions(cloud)) for cloud in CLOUDS} == {"aws": 39, "azure": 70, "gcp": 43}


@pytest.mark.parametrize(
    ("key", "country", "jurisdiction", "geography", "opt_in"),
    [
        ("aws/eu-west-1", "IE", "EU", "eu", False),
        ("aws/eu-south-2", "ES", "EU", "eu", True),
        ("aws/eu-west-2", "GB", "UK", None, False),
        ("aws/eu-central-2", "CH", "CH", None, True),
        ("aws/ap-northeast-1", "JP", "JP", "jp", False),
        ("aws/us-gov-west-1", "US", "US", "us-gov", False),
        ("azure/norwayeast", "NO", "EU", None, False),
        ("azure/eastus2", "US", "US", "us", False),
        ("azure/uksouth", "GB", "UK", None, False),
        ("gcp/europe-west3", "DE", "EU", "eu", False),
        ("gcp/europe-west6", "CH", "CH", None, False),
        ("gcp/asia-south1", "IN", "IN", None, False),
    ],
)
def test_well_known_regions_lie_where_they_do(
    key: str, country: str, jurisdiction: str, geography: str | None, opt_in: bool
) -> None:
    """Country, jurisdiction, inference geography and opt-in of regions that people know."""
    region = find_region(key)
    assert region is not None
    assert (region.key, region.country, region.jurisdiction, region.geography, region.opt_in) == (
        key,
        country,
        jurisdiction,
        geography,
        opt_in,
    )


@pytest.mark.parametrize(
    "key", ["aws/eu-west-9", "aws", "", "oci/us-ashburn-1", "aws/", "/eu-west-1"]
)
def test_what_is_no_region_is_not_found(key: str) -> None:
    """Unknown names, clouds and fragments give nothing."""
    assert find_region(key) is None


def test_every_row_has_a_place_and_a_source() -> None:
    """Each region names its place, and a source that its file declares with an address."""
    for cloud in CLOUDS:
        data = _read(f"{cloud}.yaml")
        for name, row in data["regions"].items():
            assert data["sources"][row["source"]].startswith("https://"), name
            assert places(cloud)[name]
    for file, section in (("jurisdictions.yaml", "jurisdictions"),):
        data = _read(file)
        assert all(row["source"] in data["sources"] for row in data[section].values())


def test_each_country_belongs_to_one_jurisdiction() -> None:
    """No country is a member of two legal areas."""
    members = [country for j in jurisdictions().values() for country in j.members]
    assert len(members) == len(set(members))


def test_a_regions_geography_keeps_prompts_in_its_jurisdiction_or_names_all_of_them() -> None:
    """A region's own geography exists, can be called from it, and processes where it lies."""
    for key in region_keys():
        region = find_region(key)
        assert region is not None
        if region.geography:
            area = geographies(region.cloud)[region.geography]
            assert region.jurisdiction in area.processes_in, key
            assert not area.called_from or region.name in area.called_from, key


def test_areas_name_regions_and_jurisdictions_that_exist() -> None:
    """What an inference area refers to is in the catalogue."""
    for cloud in CLOUDS:
        for area in geographies(cloud).values():
            assert area.called_from <= regions(cloud).keys()
            assert area.processes_in <= jurisdictions().keys()


def test_no_two_cells_of_different_regions_can_share_an_id() -> None:
    """No region's name continues another's by a hyphen, so ids can't run together."""
    for cloud in CLOUDS:
        names = sorted(regions(cloud))
        assert not [(a, b) for a in names for b in names if b.startswith(f"{a}-")]
