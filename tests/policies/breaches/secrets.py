"""Secrets from outside of the jurisdiction or of the account."""

from policies.breaches.breach import breach
from policies.breaches.cell import OWN, STRANGER, Cell


@breach("residency-secret")
def secret_of_another_region(cell: Cell) -> None:
    """The secret lies abroad, and is read there."""
    there = f"arn:aws:secretsmanager:us-east-1:{OWN}:secret:acme-x"
    cell.state(cell.part("task policy"), Action="secretsmanager:GetSecretValue", Resource=there)


@breach("residency-secret")
def parameter_of_another_region(cell: Cell) -> None:
    """The parameter lies abroad, and is read there."""
    there = f"arn:aws:ssm:us-east-1:{OWN}:parameter/acme/x"
    cell.state(cell.part("task policy"), Action="ssm:GetParameter*", Resource=there)


@breach("residency-secret", "identity-privilege")
def secret_of_any_region(cell: Cell) -> None:
    """A wildcard for the region covers those abroad."""
    there = f"arn:aws:secretsmanager:*:{OWN}:secret:acme-*"
    cell.state(cell.part("task policy"), Action="secretsmanager:GetSecretValue", Resource=there)


@breach("isolation-account")
def secret_of_another_account(cell: Cell) -> None:
    """A stranger's secret says what the agent does."""
    there = f"arn:aws:secretsmanager:eu-west-1:{STRANGER}:secret:x"
    cell.state(cell.part("task policy"), Action="secretsmanager:GetSecretValue", Resource=there)


@breach("identity-privilege", "residency-secret")
def every_secret(cell: Cell) -> None:
    """Every secret of the account, in every region."""
    cell.state(cell.part("task policy"), Action="secretsmanager:GetSecretValue", Resource="*")


@breach("residency-secret")
def secret_injected_from_another_region(cell: Cell) -> None:
    """The service reads it abroad before the container starts."""
    there = f"arn:aws:secretsmanager:us-east-1:{OWN}:secret:acme-x"
    secrets = [{"name": "TOKEN", "valueFrom": there}]
    cell.container(cell.part("task"), lambda found: found.update(secrets=secrets))


@breach("residency-secret")
def vault_of_another_jurisdiction(cell: Cell) -> None:
    """Secrets of the EU's cell would come from the cluster of the US."""
    there = "https://vault.us.acme.example:8200"
    cell.environment(cell.part("task"), "VAULT_ADDR", there)


@breach("residency-secret")
def vault_of_a_stranger(cell: Cell) -> None:
    """The estate declares no such cluster."""
    cell.environment(cell.part("task"), "VAULT_ADDR", "https://vault.attacker.example:8200")


@breach("residency-secret")
def vault_that_only_looks_alike(cell: Cell) -> None:
    """The declared name is only the beginning of this one."""
    there = "https://vault.eu.acme.example.attacker.example:8200"
    cell.environment(cell.part("task"), "VAULT_ADDR", there)


@breach("residency-secret", "undecided")
def secret_read_by_the_stack(cell: Cell) -> None:
    """A data source reads a secret abroad into the state."""
    there = f"arn:aws:secretsmanager:us-east-1:{OWN}:secret:acme-x"
    cell.data("aws_secretsmanager_secret_version", secret_id=there)
