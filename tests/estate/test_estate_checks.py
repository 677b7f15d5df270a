"""What an estate means: every check, by the mistake that it finds."""

from collections.abc import Callable

import pytest

from agent_studio.estate.problems import Problem

ProblemsOf = Callable[..., tuple[Problem, ...]]

CELL = "regions.aws/eu-west-1.payments-eu"


def ci(addresses: str) -> list[tuple[str, str]]:
    """Give the example a CI that comes from these addresses."""
    text = f"ci: {{repository: acme/estate, environment: production, addresses: {addresses}}}"
    return [("\ndata_classes:", f"\n{text}\n\ndata_classes:")]


# What is replaced -> where the problem stands, what it says, what it found, and the fix.
MISTAKES: dict[str, tuple[list[tuple[str, str]], tuple[str, str, str, str]]] = {
    "a region misspelt": (
        [("gcp/europe-west3:", "gcp/europ-west3:")],
        ("regions.gcp/europ-west3", "unknown region", "`gcp/europ-west3`", "`gcp/europe-west3`?"),
    ),
    "a region nowhere near any": (
        [("gcp/europe-west3:", "gcp/qqqqqqqqqqqqqqq:")],
        ("regions.gcp/qqqqqqqqqqqqqqq", "unknown region", "`gcp/qqq", "lists every region"),
    ),
    "an opt-in region": (
        [("aws/eu-central-1}}", "aws/eu-south-2}}"), ("  aws/eu-central-1:", "  aws/eu-south-2:")],
        (
            "regions.aws/eu-south-2.payments-eu",
            "has not enabled this opt-in region",
            "`payments-eu` in `aws/eu-south-2`",
            "accounts.payments-eu.enabled_regions",
        ),
    ),
    "an account unknown": (
        [("    research-de: {net", "    reserch-de: {net")],
        (
            "regions.gcp/europe-west3.reserch-de",
            "unknown account",
            "`reserch-de`",
            "`research-de`?",
        ),
    ),
    "an account on the wrong cloud": (
        [("    research-de: {net", "    payments-eu: {net")],
        (
            "regions.gcp/europe-west3.payments-eu",
            "another cloud than the region",
            "`payments-eu` of aws in `gcp/europe-west3`",
            "name an account of gcp",
        ),
    ),
    "the core's account on the wrong cloud": (
        [("account: platform", "account: research-de")],
        ("core.account", "another cloud than the region", "`research-de` of gcp", "account of aws"),
    ),
    "the core in an unknown region": (
        [("region: aws/eu-west-1", "region: aws/eu-west-9")],
        ("core.region", "unknown region", "`aws/eu-west-9`", "did you mean"),
    ),
    "a home in an unknown region": (
        [("home: aws/eu-west-1", "home: aws/eu-west-9")],
        ("accounts.payments-eu.home", "unknown region", "`aws/eu-west-9`", "did you mean"),
    ),
    "a home on another cloud": (
        [("home: aws/eu-west-1", "home: gcp/europe-west3")],
        (
            "accounts.payments-eu.home",
            "another cloud than the region",
            "`payments-eu` of aws in `gcp/europe-west3`",
            "name an account of gcp",
        ),
    ),
    "a home in a region that is not enabled": (
        [("home: aws/eu-west-1", "home: aws/eu-south-2")],
        (
            "accounts.payments-eu.home",
            "has not enabled this opt-in region",
            "`payments-eu` in `aws/eu-south-2`",
            "accounts.payments-eu.enabled_regions",
        ),
    ),
    "a home where the account has nothing": (
        [("home: aws/eu-west-1", "home: aws/us-east-2")],
        (
            "accounts.payments-eu.home",
            "nothing in US, where its home lies",
            "`aws/us-east-2`",
            "name a region of a jurisdiction",
        ),
    ),
    "two partitions": (
        [
            ("aws/eu-central-1}}", "aws/eu-west-1}}"),
            (", replicate: {personal: aws/eu-west-1}", ""),
            ("  aws/eu-central-1:", "  aws/eusc-de-east-1:"),
            ("[analyst, keeper]", "[keeper]"),
        ],
        (
            "regions.aws/eusc-de-east-1.payments-eu",
            "used in two AWS partitions",
            "`aws/eusc-de-east-1` of aws-eusc",
            "another account",
        ),
    ),
    "eleven digits": (
        [('"222222222222"', '"22222222222"')],
        ("accounts.payments-eu.id", "not the form of aws", "`22222222222`", "copy the id"),
    ),
    "a project id with capitals": (
        [("acme-research-de", "Acme-Research")],
        ("accounts.research-de.id", "not the form of gcp", "`Acme-Research`", "copy the id"),
    ),
    "a project id that ends with a hyphen": (
        [("acme-research-de", "acme-research-")],
        ("accounts.research-de.id", "not the form of gcp", "`acme-research-`", "copy the id"),
    ),
    "a subscription that is no UUID": (
        [("00000000-0000-4000-8000-000000000001", "0000-1")],
        ("accounts.retail-us.id", "not the form of azure", "`0000-1`", "copy the id"),
    ),
    "azure without a tenant": (
        [(" tenant: 00000000-0000-4000-8000-00000000000a,", "")],
        ("accounts.retail-us", "without its tenant", "nothing", "az account show"),
    ),
    "a tenant that is no UUID": (
        [("00000000-0000-4000-8000-00000000000a", "acme.example")],
        ("accounts.retail-us.tenant", "no UUID", "`acme.example`", "az account show"),
    ),
    "an issuer on gcp": (
        [("owner: research}", "owner: research, issuer: https://issuer.example}")],
        ("accounts.research-de.issuer", "not AWS's", "`https://issuer.example`", "delete `issuer`"),
    ),
    "an issuer without https": (
        [("owner: platform-team", "owner: platform-team, issuer: http://a.example")],
        ("accounts.platform.issuer", "wrong form", "`http://a.example`", "correct the value"),
    ),
    "a tenant on aws": (
        [("owner: platform-team", "owner: platform-team, tenant: a")],
        ("accounts.platform.tenant", "not Azure's", "`a`", "delete `tenant`"),
    ),
    "two accounts with one id": (
        [('"222222222222"', '"111111111111"')],
        (
            "accounts.payments-eu.id",
            "two accounts have this id",
            "`111111111111`",
            "use `platform`",
        ),
    ),
    "an owner that is no tag": (
        [("owner: research", 'owner: "<b>"')],
        ("accounts.research-de.owner", "can't be written as a tag", "`<b>`", "name of the team"),
    ),
    "an enabled region with its cloud": (
        [("[eu-south-1]", "[aws/eu-south-1]")],
        ("accounts.payments-eu.enabled_regions[0]", "unknown region", "`aws/eu", "`eu-south-1`?"),
    ),
    "networks that overlap": (
        [("10.16.16.0/20", "10.16.8.0/21")],
        (
            "regions.gcp/europe-west3.research-de.network",
            f"overlaps {CELL}",
            "`10.16.8.0/21`; 10.16.0.0/20 is taken (on line 47)",
            "`studio region add` picks one",
        ),
    ),
    "a network within another": (
        [("10.16.48.0/20", "10.16.36.0/22")],
        (
            "regions.azure/eastus2.retail-us.network",
            "overlaps regions.aws/eu-central-1.payments-eu",
            "`10.16.32.0/20`; 10.16.36.0/22 is taken",
            "pick a free range",
        ),
    ),
    "a network over the core's default": (
        [("10.16.0.0/20", "10.0.0.0/20")],
        (f"{CELL}.network", "overlaps core", "`10.0.0.0/20`", "pick a free range"),
    ),
    "a public network": (
        [("10.16.16.0/20", "8.8.0.0/20")],
        ("regions.gcp/europe-west3.research-de.network", "not private", "`8.8.0.0/20`", "private"),
    ),
    "a network beside the private ones": (
        [("10.16.16.0/20", "172.32.0.0/16")],
        (
            "regions.gcp/europe-west3.research-de.network",
            "not private",
            "`172.32.0.0/16`",
            "private",
        ),
    ),
    "a small network": (
        [("10.16.16.0/20", "10.16.16.0/25")],
        (
            "regions.gcp/europe-west3.research-de.network",
            "too small",
            "`10.16.16.0/25` with 128 addresses",
            "widen it to /24",
        ),
    ),
    "a large network": (
        [("10.16.16.0/20", "10.32.0.0/12")],
        ("regions.gcp/europe-west3.research-de.network", "too large", "`10.32.0.0/12`", "/16"),
    ),
    "no room for all instances": (
        [("max_instances: 10", "max_instances: 999"), ("10.16.32.0/20", "10.16.32.0/24")],
        (
            "regions.azure/eastus2.retail-us.network",
            "too small for its runtimes",
            "`10.16.32.0/24` for 1,000 instances",
            "lower max_instances",
        ),
    ),
    "host bits": (
        [("10.16.16.0/20", "10.16.17.0/20")],
        (
            "regions.gcp/europe-west3.research-de.network",
            "host bits set",
            "`10.16.17",
            "10.16.16.0/20",
        ),
    ),
    "addresses of CI that are private": (
        ci("[20.0.0.0/28, 10.1.0.0/24]"),
        (
            "ci.addresses[1]",
            "the address range is not public",
            "`10.1.0.0/24`",
            "the addresses that the jobs have on the internet",
        ),
    ),
    "an address of CI that a carrier translates": (
        ci("[100.64.7.9]"),
        ("ci.addresses[0]", "not public", "`100.64.7.9/32`", "their NAT gateway's"),
    ),
    "addresses of CI beside reserved ones": (
        ci("[203.0.112.0/22]"),
        ("ci.addresses[0]", "not public", "`203.0.112.0/22`", "their NAT gateway's"),
    ),
    "addresses of CI that are half a cloud": (
        ci("[20.0.0.0/15]"),
        (
            "ci.addresses[0]",
            "the address range is too wide",
            "`20.0.0.0/15` with 131,072 addresses",
            "name the addresses that the jobs themselves come from",
        ),
    ),
    "an address of CI with host bits": (
        ci("[20.0.0.1/28]"),
        ("ci.addresses[0]", "host bits set", "`20.0.0.1/28`", "write 20.0.0.0/28"),
    ),
    "an address of CI that is a name": (
        ci("[runner.acme.example]"),
        (
            "ci.addresses[0]",
            "this is no IPv4 network",
            "`runner.acme.example`",
            "write the first address, a slash and the prefix length",
        ),
    ),
    "an issuer of the core without TLS": (
        [
            (
                "domain: studio.acme.example}",
                "domain: studio.acme.example, issuer: http://x.example}",
            )
        ],
        ("core.issuer", "the value has a wrong form", "`http://x.example`", "correct the value"),
    ),
    "a runtime misspelt": (
        [("runtimes: [collector, keeper]", "runtimes: [colector, keeper]")],
        (
            "regions.azure/eastus2.retail-us.runtimes[0]",
            "unknown runtime",
            "`colector`",
            "`collector`?",
        ),
    ),
    "a runtime twice": (
        [("runtimes: [collector, keeper]", "runtimes: [keeper, keeper]")],
        ("regions.azure/eastus2.retail-us.runtimes[1]", "named twice", "`keeper`", "delete one"),
    ),
    "a data class misspelt": (
        [("[public, internal]", "[publik, internal]")],
        ("runtimes.collector.data_classes[0]", "unknown data class", "`publik`", "`public`?"),
    ),
    "a runtime named as the collector's image": (
        [
            ("  keeper:", "  otel-collector:"),
            ("collector, keeper", "collector"),
            ("analyst, keeper", "analyst"),
        ],
        ("runtimes.otel-collector", "taken by what every cell holds", "`otel-collector`", "rename"),
    ),
    "a data class named as the cell's own key": (
        [("  restricted: {", "  operations: {"), ("[restricted]", "[operations]")],
        ("data_classes.operations", "taken by what every cell holds", "`operations`", "rename"),
    ),
    "a studio that a cloud keeps": (
        [("studio: acme", "studio: aws")],
        ("studio", "a cloud keeps names", "`aws`", "organisation"),
    ),
    "an account name that Cloud Storage refuses": (
        [
            ("  research-de: {cl", "  google-de: {cl"),
            ("    research-de: {net", "    google-de: {net"),
        ],
        ("accounts.google-de", "Cloud Storage refuses", "`google-de`", "rename"),
    ),
    "a jurisdiction without Vault": (
        [("    US: https://vault.us.acme.example:8200\n", "")],
        ("vault.clusters", "no Vault cluster for US, where azure/eastus2 lies", "nothing", "in US"),
    ),
    "an unknown jurisdiction": (
        [("    US: https", "    USA: https://usa.acme.example\n    US: https")],
        ("vault.clusters.USA", "unknown jurisdiction", "`USA`", "`US`?"),
    ),
    "a Vault without TLS": (
        [("https://vault.eu", "http://vault.eu")],
        ("vault.clusters.EU", "has the scheme `http`", "`http://vault.eu", "write e.g. https://"),
    ),
    "a Vault with a password": (
        [("https://vault.eu", "https://me:secret@vault.eu")],
        ("vault.clusters.EU", "has a user name or password", "`https://me", "write e.g. https://"),
    ),
    "one Vault for two jurisdictions": (
        [("https://vault.us.acme", "https://vault.eu.acme")],
        (
            "vault.clusters.US",
            "the Vault cluster of EU again",
            "`https://vault.eu",
            "residency too",
        ),
    ),
    "egress with a scheme": (
        [("[api.github.com]", "['https://api.github.com/v3']")],
        (
            "runtimes.collector.egress[0]",
            "no DNS name but has a scheme",
            "`https",
            "api.github.com",
        ),
    ),
    "egress to an address": (
        [("[api.github.com]", "[140.82.112.5]")],
        ("runtimes.collector.egress[0]", "an IP address", "`140.82.112.5`", "name the host"),
    ),
    "egress to a port": (
        [("[api.github.com]", "['api.github.com:443']")],
        ("runtimes.collector.egress[0]", "a port", "`api.github.com:443`", "the DNS name alone"),
    ),
    "egress to everything": (
        [("[api.github.com]", "['*']")],
        ("runtimes.collector.egress[0]", "a wildcard elsewhere", "`*`", "the DNS name alone"),
    ),
    "egress to a top-level domain": (
        [("[api.github.com]", "['*.com']")],
        ("runtimes.collector.egress[0]", "a single label", "`*.com`", "the DNS name alone"),
    ),
    "egress with a wildcard inside": (
        [("[api.github.com]", "['api.*.com']")],
        ("runtimes.collector.egress[0]", "a wildcard elsewhere", "`api.*.com`", "the DNS name"),
    ),
    "egress in capitals": (
        [("[api.github.com]", "[API.GitHub.com]")],
        ("runtimes.collector.egress[0]", "capital letters", "`API.GitHub.com`", "api.github.com"),
    ),
    "egress beyond ASCII": (
        [("[api.github.com]", "[bücher.example]")],
        ("runtimes.collector.egress[0]", "letters beyond ASCII", "`bücher.example`", "Punycode"),
    ),
    "egress twice": (
        [("[api.github.com]", "[api.github.com, api.github.com]")],
        ("runtimes.collector.egress[1]", "stands twice", "`api.github.com`", "delete one"),
    ),
    "a domain that is none": (
        [("studio.acme.example", "https://studio.acme.example")],
        ("core.domain", "no DNS name but has a scheme", "`https://studio", "the host name alone"),
    ),
    "virtual CPUs that Fargate lacks": (
        [("    cpu: 2\n", "    cpu: 3\n")],
        ("runtimes.analyst.cpu", "no such number of virtual CPUs", "`3`", "write 4"),
    ),
    "memory that Fargate lacks": (
        [("memory: 4GiB", "memory: 20GiB")],
        ("runtimes.analyst.memory", "with 2 virtual CPUs", "`20GiB`", "write 16GiB"),
    ),
    "a model of no service": (
        [("bedrock/eu.anthropic", "openai/eu.anthropic")],
        ("runtimes.analyst.models[0]", "no model endpoint", "`openai/eu", "write e.g. bedrock/"),
    ),
    "an unknown area": (
        [("bedrock/eu.anthropic", "bedrock/mars.anthropic")],
        ("runtimes.analyst.models[0]", "unknown area", "`bedrock/mars", "write e.g. bedrock/"),
    ),
    "an unknown location": (
        [("vertex/europe-west3", "vertex/europe-west99")],
        (
            "runtimes.analyst.models[1]",
            "unknown Vertex AI location",
            "`vertex/europe",
            "write e.g.",
        ),
    ),
    "an unknown deployment type": (
        [("azure/Standard/", "azure/Standart/")],
        ("runtimes.keeper.models[1]", "unknown Azure deployment type", "`azure/St", "write e.g."),
    ),
    "a copy of an unknown class": (
        [("{personal: aws/eu", "{personel: aws/eu")],
        (f"{CELL}.replicate.personel", "unknown data class", "`personel`", "`personal`?"),
    ),
    "a copy of what the cell lacks": (
        [
            ("{personal: aws/eu", "{restricted: aws/eu"),
            ("residency: region", "residency: anywhere"),
        ],
        (
            f"{CELL}.replicate.restricted",
            "no runtime of the cell",
            "`restricted`",
            "delete the line",
        ),
    ),
    "a copy at home": (
        [("{personal: aws/eu-central-1", "{personal: aws/eu-west-1")],
        (
            f"{CELL}.replicate.personal",
            "the cell's own region",
            "`aws/eu-west-1`",
            "another region",
        ),
    ),
    "a copy where there is no cell": (
        [("{personal: aws/eu-central-1", "{personal: aws/eu-west-3")],
        (
            f"{CELL}.replicate.personal",
            "`payments-eu` has no cell in aws/eu-west-3",
            "`aws/eu-west-3`",
            "`studio region add aws/eu-west-3 payments-eu`",
        ),
    ),
    "a copy where there is no store": (
        [("runtimes: [analyst, keeper]}", "runtimes: [keeper]}")],
        (
            f"{CELL}.replicate.personal",
            "has no store for `personal`",
            "`aws/eu-central-1`",
            "runtime",
        ),
    ),
    "a copy that must stay in its region": (
        [
            ("personal:   {residency: jurisdiction", "personal:   {residency: region"),
            (
                "[bedrock/eu.anthropic.claude-sonnet-4-5, vertex/europe-west3/gemini-2.5-pro]",
                "[]",
            ),
        ],
        (
            f"{CELL}.replicate.personal",
            "stays in its region",
            "`aws/eu-central-1`",
            "delete the line",
        ),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_the_one_problem_and_tells_its_fix(
    problems_of: ProblemsOf, mistake: str
) -> None:
    """Each mistake gives one problem: at its place, with what was found and a fix."""
    replacements, (path, message, found, fix) = MISTAKES[mistake]
    problems = problems_of(*replacements)
    assert [p.path for p in problems] == [path], "\n".join(p.text("f") for p in problems)
    [problem] = problems
    assert message in problem.message
    assert problem.found is not None
    assert found in problem.found
    assert problem.fix is not None
    assert fix in problem.fix
    assert problem.allowed
    assert problem.line > 1


# Model -> cell's runtime, and what is said of it; an empty text where it is allowed.
MODELS = [
    # aws/eu-west-1, classes of residency `jurisdiction`
    ("bedrock/anthropic.claude-3-haiku", ""),
    ("bedrock/moonshotai.kimi-k2.5", ""),
    ("bedrock/us.anthropic.claude-sonnet-4-5", "processed in EU, US"),
    ("bedrock/global.anthropic.claude-sonnet-4-5", "processed in anywhere"),
    ("bedrock/apac.anthropic.claude-sonnet-4", "processed in AU, EU, IN, JP, KR, SG"),
    ("bedrock/jp.anthropic.claude-sonnet-4-5", "processed in EU, JP"),
    ("bedrock/us-gov.anthropic.claude-3-haiku", "processed in EU, US"),
]


@pytest.mark.parametrize(("model", "said"), MODELS)
def test_a_models_place_must_keep_data_in_its_jurisdiction(
    problems_of: ProblemsOf, model: str, said: str
) -> None:
    """A model that processes outside the cell's jurisdiction is refused for personal data."""
    problems = problems_of(("bedrock/eu.anthropic.claude-sonnet-4-5", model))
    if not said:
        assert problems == ()
        return
    assert {p.path for p in problems} == {
        f"{CELL}.runtimes[1]",
        "regions.aws/eu-central-1.payments-eu.runtimes[0]",
    }
    assert all(
        "the model breaks the residency of `internal`, which stays in EU" in p.message
        for p in problems
    )
    assert all(said in (p.found or "") for p in problems)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("vertex/eu/gemini-2.5-pro", ""),
        ("vertex/europe-west4/gemini-2.5-pro", ""),
        ("vertex/global/gemini-2.5-pro", "processed in anywhere"),
        ("vertex/us/gemini-2.5-pro", "processed in EU, US"),
        ("vertex/us-central1/gemini-2.5-pro", "processed in US"),
        ("vertex/europe-west2/gemini-2.5-pro", "processed in UK"),
    ],
)
def test_a_vertex_location_must_keep_data_in_its_jurisdiction(
    problems_of: ProblemsOf, model: str, said: str
) -> None:
    """Regions and areas of Vertex AI outside the jurisdiction are refused."""
    problems = problems_of(("vertex/europe-west3/gemini-2.5-pro", model))
    assert [p.found and said in p.found for p in problems] == ([True] if said else [])


@pytest.mark.parametrize(
    ("model", "allowed"),
    [
        ("azure/Standard/gpt-4o", True),
        ("azure/ProvisionedManaged/gpt-4o", True),
        ("azure/DataZoneStandard/gpt-4o", False),
        ("azure/GlobalStandard/gpt-4o", False),
    ],
)
def test_data_that_stays_in_its_region_needs_a_model_in_the_region(
    problems_of: ProblemsOf, model: str, allowed: bool
) -> None:
    """Only deployments that process in the region may see restricted data."""
    problems = problems_of(("azure/Standard/gpt-4o", model))
    if allowed:
        assert problems == ()
    else:
        [problem] = problems
        assert "the residency of `restricted`, which stays in its region" in problem.message
        assert "azure/Standard/<model>" in (problem.fix or "")


def test_an_areas_profile_is_refused_for_data_of_the_region(problems_of: ProblemsOf) -> None:
    """A geographic profile may leave the region, so restricted data must not go there."""
    [problem] = problems_of(("bedrock/anthropic.claude-3", "bedrock/eu.anthropic.claude-3"))
    assert problem.path == "regions.aws/eu-central-1.payments-eu.runtimes[1]"
    assert "bedrock/<maker>.<model>" in (problem.allowed or "")


def test_public_data_may_go_to_any_model(problems_of: ProblemsOf) -> None:
    """A runtime of public data alone may use a global model."""
    assert not problems_of(
        ("[internal, personal]\n", "[public]\n"),
        (", replicate: {personal: aws/eu-central-1}", ""),
        ("bedrock/eu.anthropic", "bedrock/global.anthropic"),
        ("vertex/europe-west3/", "vertex/global/"),
    )


def test_a_model_must_be_callable_from_its_cell(problems_of: ProblemsOf) -> None:
    """An area of another continent can't be called, even with public data."""
    problems = problems_of(
        ("[internal, personal]\n", "[public]\n"),
        (", replicate: {personal: aws/eu-central-1}", ""),
        ("bedrock/eu.anthropic", "bedrock/us.anthropic"),
    )
    assert {p.message for p in problems} == {
        "the model can't be called from aws/eu-west-1",
        "the model can't be called from aws/eu-central-1",
    }


def test_a_cell_needs_a_model_of_its_own_cloud(problems_of: ProblemsOf) -> None:
    """A runtime whose models are all of other clouds has none in the cell."""
    [problem] = problems_of((", vertex/europe-west3/gemini-2.5-pro", ""))
    assert problem.path == "regions.gcp/europe-west3.research-de.runtimes[0]"
    assert problem.fix == "add a vertex/ model to runtimes.analyst.models"


def test_data_zones_end_at_the_european_union(problems_of: ProblemsOf) -> None:
    """London lies in no data zone of Azure."""
    problems = problems_of(
        ("azure/eastus2:", "azure/uksouth:"),
        ("azure/Standard/gpt-4o", "azure/DataZoneStandard/gpt-4o"),
        ("    US: https://vault.us", "    UK: https://vault.us"),
    )
    assert [p.message for p in problems] == ["the model can't be called from azure/uksouth"]


def test_london_may_call_the_european_profile_but_not_with_personal_data(
    problems_of: ProblemsOf,
) -> None:
    """Bedrock lets London call `eu.`; the prompt then leaves the United Kingdom."""
    problems = problems_of(
        ("  aws/eu-central-1:", "  aws/eu-west-2:"),
        (", replicate: {personal: aws/eu-central-1}", ""),
        ("    US: https", "    UK: https://vault.uk.acme.example\n    US: https"),
    )
    [problem] = problems
    assert "stays in UK" in problem.message
    assert "processed in EU, UK" in (problem.found or "")


def test_a_copy_stays_in_its_jurisdiction(problems_of: ProblemsOf) -> None:
    """Internal data of the EU has no copy in London."""
    problems = problems_of(
        ("aws/eu-central-1}}", "aws/eu-west-2}}"),
        ("  aws/eu-central-1:", "  aws/eu-west-2:"),
        ("    US: https", "    UK: https://vault.uk.acme.example\n    US: https"),
        ("bedrock/eu.anthropic", "bedrock/anthropic"),
    )
    [problem] = problems
    assert problem.message == "the copy breaks the residency of `personal`, which stays in EU"
    assert problem.found == "`aws/eu-west-2` in UK"


@pytest.mark.parametrize("studio", ["ssm", "sthree", "goog-acme", "my-google"])
def test_more_studios_that_a_cloud_keeps(problems_of: ProblemsOf, studio: str) -> None:
    """Beginnings that S3, SSM, KMS and Cloud Storage keep are refused."""
    assert [p.path for p in problems_of(("studio: acme", f"studio: {studio}"))] == ["studio"]


def test_the_largest_and_smallest_networks_are_allowed(problems_of: ProblemsOf) -> None:
    """/16 and /24 are both fine, and so are ranges that only touch."""
    assert not problems_of(("10.16.16.0/20", "10.17.0.0/16"), ("10.16.48.0/20", "10.16.16.0/24"))


def test_addresses_of_ci_are_refused_in_one_line(problems_of: ProblemsOf) -> None:
    """What is wrong with a range stands in one line; a range may be wrong in two ways."""
    lines = {each.text("regions.yaml") for each in problems_of(*ci("[20.0.0.0/28, 10.0.0.0/8]"))}
    place = "regions.yaml:13:81: ci.addresses[1]: the address range is "
    assert lines == {
        f"{place}not public; found `10.0.0.0/8`; allowed: public IPv4 addresses, none of them "
        "private or reserved; fix: name the addresses that the jobs have on the internet, e.g. "
        "their NAT gateway's",
        f"{place}too wide; found `10.0.0.0/8` with 16,777,216 addresses; allowed: /16 to /32; fix: "
        "name the addresses that the jobs themselves come from",
    }


@pytest.mark.parametrize(
    "reserved",
    [
        "0.1.0.0/16",
        "10.0.0.0/16",
        "100.127.0.0/16",
        "127.0.0.1",
        "169.254.169.254",
        "172.31.0.0/16",
        "192.0.0.8",
        "192.0.2.0/25",
        "192.88.99.1",
        "192.168.0.0/24",
        "198.19.0.0/16",
        "198.51.100.1",
        "203.0.113.0/24",
        "224.0.0.1",
        "255.255.255.255",
    ],
)
def test_no_reserved_address_is_one_of_ci(problems_of: ProblemsOf, reserved: str) -> None:
    """Whatever the registry of special addresses keeps for itself is refused."""
    [problem] = problems_of(*ci(f"[{reserved}]"))
    assert problem.message == "the address range is not public"


@pytest.mark.parametrize("addresses", ["[]", "[20.0.0.0/16]", "[20.0.0.1, 140.82.112.0/20]"])
def test_public_addresses_of_ci_are_allowed(problems_of: ProblemsOf, addresses: str) -> None:
    """None at all, a /16, and single addresses are fine."""
    assert not problems_of(*ci(addresses))


def test_a_wrong_field_of_ci_hides_no_wrong_address(problems_of: ProblemsOf) -> None:
    """The addresses are looked at whatever else is wrong with the CI."""
    [(old, new)] = ci("[10.0.0.0/24]")
    problems = problems_of((old, new.replace("acme/estate", "acme")))
    assert [each.path for each in problems] == ["ci.repository", "ci.addresses[0]"]


def test_every_fargate_size_of_the_table_is_allowed() -> None:
    """The table holds AWS's own limits: its first and last amounts for each number of CPUs."""
    from agent_studio.estate.catalogue import fargate_sizes

    assert {cpu: (sizes[0], sizes[-1], len(sizes)) for cpu, sizes in fargate_sizes().items()} == {
        0.25: (512, 2048, 3),
        0.5: (1024, 4096, 4),
        1.0: (2048, 8192, 7),
        2.0: (4096, 16384, 13),
        4.0: (8192, 30720, 23),
        8.0: (16384, 61440, 12),
        16.0: (32768, 122880, 12),
    }
