"""The commands that make Google Cloud projects ready: state buckets, and whom Terraform acts as.

They are printed for a person to read and to run, since making the first administrators takes
rights that no tool of the estate should hold. Each may be run again. Options as in the reference of
`gcloud` (cloud.google.com/sdk/gcloud/reference).
"""

import shlex
from collections.abc import Iterator, Sequence

from agent_studio.estate import Cloud, Estate, Scope
from agent_studio.estate.names import gcp as names

_SERVICES = (
    "cloudresourcemanager.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "orgpolicy.googleapis.com",
    "serviceusage.googleapis.com",
    "storage.googleapis.com",
)
"""What Terraform itself calls before the guardrails enable the rest."""

_CORE_SERVICES = tuple(
    f"{each}.googleapis.com"
    for each in (
        "artifactregistry",
        "binaryauthorization",
        "certificatemanager",
        "cloudkms",
        "compute",
        "dns",
        "iap",
        "logging",
        "monitoring",
        "pubsub",
        "run",
        "sqladmin",
    )
)
"""What the core's stack calls besides: it is applied before its project's guardrails."""

_CORE_AGENTS = ("iap.googleapis.com", "sqladmin.googleapis.com")
"""Services whose agents the core's policies name, and that make theirs only when asked to."""

_CORE_ROLES = (
    "roles/certificatemanager.editor",
    "roles/cloudsql.admin",
    "roles/compute.loadBalancerAdmin",
)
"""What `apply` holds in the core's project besides."""

ROLES = {
    "plan": ("roles/viewer", "roles/iam.securityReviewer"),
    "apply": (
        "roles/artifactregistry.admin",
        "roles/binaryauthorization.policyEditor",
        "roles/cloudkms.admin",
        "roles/compute.networkAdmin",
        "roles/compute.securityAdmin",
        "roles/dns.admin",
        "roles/iam.roleAdmin",
        "roles/iam.serviceAccountAdmin",
        "roles/iam.serviceAccountUser",
        "roles/iam.workloadIdentityPoolAdmin",
        "roles/logging.configWriter",
        "roles/monitoring.editor",
        "roles/pubsub.admin",
        "roles/resourcemanager.projectIamAdmin",
        "roles/run.admin",
        "roles/secretmanager.admin",
        "roles/serviceusage.serviceUsageAdmin",
        "roles/storage.admin",
    ),
    "state": (),
}
"""What each account holds in its project; `state` holds objects of the state buckets alone."""

_ORGANIZATION_ROLE = "roles/orgpolicy.policyAdmin"
"""What `apply` needs and an organization or a folder alone can grant (Organization Policy, "Access
control")."""


def commands(estate: Estate, accounts: Sequence[str] = ()) -> Iterator[str]:
    """Give a shell script, line by line.

    Args:
        estate: the estate.
        accounts: names of the projects meant; none means every one.
    """
    by_id = {account.id: account.name for account in estate.accounts}
    scopes: dict[str, dict[str, Scope]] = {}
    for ref in estate.stacks:
        if ref.cloud is Cloud.GCP and (not accounts or by_id[ref.scope.account_id] in accounts):
            scopes.setdefault(ref.scope.account_id, {})[ref.scope.region] = ref.scope
    yield "set -euo pipefail"
    for project, regions in scopes.items():
        yield ""
        yield f"# {by_id[project]}: the project {project}"
        yield from _project(project, list(regions.values()))
        if project == estate.core_account.id:
            yield from _core(estate.core_scope)


def _core(scope: Scope) -> Iterator[str]:
    project = scope.account_id
    yield _line("gcloud", "services", "enable", *_CORE_SERVICES, f"--project={project}")
    for service in _CORE_AGENTS:
        yield _line(
            *("gcloud", "beta", "services", "identity", "create"),
            *(f"--service={service}", f"--project={project}"),
        )
    apply = names.account_service_account_email(scope, "apply")
    for role in _CORE_ROLES:
        yield _bind(("gcloud", "projects"), project, apply, role)


def _project(project: str, scopes: Sequence[Scope]) -> Iterator[str]:
    yield _line("gcloud", "services", "enable", *_SERVICES, f"--project={project}")
    emails = {}
    for purpose, roles in ROLES.items():
        email = names.account_service_account_email(scopes[0], purpose)
        emails[purpose] = email
        account = email.partition("@")[0]
        yield _unless(
            _line("gcloud", "iam", "service-accounts", "describe", email, f"--project={project}"),
            _line(
                *("gcloud", "iam", "service-accounts", "create", account),
                *(f"--project={project}", f"--display-name=Terraform: {purpose}"),
            ),
        )
        for role in roles:
            yield _bind(("gcloud", "projects"), project, email, role)
    yield f"# On the organization, where ORGANIZATION is its number: {_ORGANIZATION_ROLE}"
    yield (
        'gcloud organizations add-iam-policy-binding "${ORGANIZATION:?set it to the number}" '
        f"--member=serviceAccount:{emails['apply']} --role={_ORGANIZATION_ROLE} --condition=None"
    )
    for purpose in ("plan", "apply"):
        yield _line(
            *("gcloud", "iam", "service-accounts", "add-iam-policy-binding", emails["state"]),
            f"--project={project}",
            f"--member=serviceAccount:{emails[purpose]}",
            "--role=roles/iam.serviceAccountTokenCreator",
        )
    for scope in scopes:
        yield from _bucket(project, scope, emails["state"])


def _bucket(project: str, scope: Scope, state: str) -> Iterator[str]:
    bucket = f"gs://{names.state_bucket(scope)}"
    settings = (
        "--uniform-bucket-level-access",
        "--public-access-prevention",
        "--soft-delete-duration=30d",
    )
    yield _unless(
        _line("gcloud", "storage", "buckets", "describe", bucket),
        _line(
            *("gcloud", "storage", "buckets", "create", bucket, f"--project={project}"),
            *(f"--location={scope.region}", *settings),
        ),
    )
    yield _line("gcloud", "storage", "buckets", "update", bucket, "--versioning", *settings)
    yield _bind(("gcloud", "storage", "buckets"), bucket, state, "roles/storage.objectAdmin")


def _bind(command: Sequence[str], what: str, email: str, role: str) -> str:
    return _line(
        *command,
        "add-iam-policy-binding",
        what,
        f"--member=serviceAccount:{email}",
        f"--role={role}",
        *(("--condition=None",) if command[-1] == "projects" else ()),
    )


def _unless(found: str, make: str) -> str:
    return f"{found} >/dev/null 2>&1 || {make}"


def _line(*words: str) -> str:
    return shlex.join(words)
