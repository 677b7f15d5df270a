"""`studio record`: gate records, for people who audit them."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent_studio.cli.context import Settings, pass_settings
from agent_studio.cli.output import note, print_json, print_table

if TYPE_CHECKING:
    from agent_studio.policies.record import Record

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def record() -> None:
    """Verify gate records."""


@record.command()
@click.argument("path", type=_FILE)
@click.option("--plan", "plan_file", type=_FILE, required=True, help="The plan file.")
@click.option("--stack-file", type=_FILE, help="The synthesized stack, `cdk.tf.json`.")
@click.option("--stack", help="The stack's name.")
@click.option(
    "--key",
    "keys",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A trusted public key in PEM, or a folder of *.pub; no other key counts then.",
)
@click.option(
    "--bundle", metavar="DIGEST", help="The bundle that must have decided; by default the present."
)
@click.option("--any-bundle", is_flag=True, help="Leave the bundle that decided out of account.")
@click.option("--any-age", is_flag=True, help="Leave the record's age out of account.")
@click.option("--any-approver", is_flag=True, help="Leave out of account who approved the plan.")
@pass_settings
def verify(
    settings: Settings,
    path: Path,
    plan_file: Path,
    stack_file: Path | None,
    stack: str | None,
    keys: tuple[Path, ...],
    bundle: str | None,
    any_bundle: bool,
    any_age: bool,
    any_approver: bool,
) -> None:
    """Verify the gate record PATH of a plan file, and print what it says.

    Name the stack, or its synthesized file, or both. Without --key the keys count that
    `studio apply` trusts. An audit of an old record needs --any-age, and --bundle or --any-bundle;
    the output says what was left out of account.

    Ends with exit code 3 when the record does not verify or does not allow the plan.
    """
    from agent_studio.policies import signing
    from agent_studio.policies.record import Expected, Terms
    from agent_studio.policies.record import verify as held_to

    if stack is None and stack_file is None:
        raise click.UsageError("Name the stack with --stack, or its file with --stack-file.")
    if bundle is not None and any_bundle:
        raise click.UsageError("--bundle and --any-bundle exclude each other.")
    found = held_to(
        path,
        Expected(plan_file=plan_file, stack=stack, stack_file=stack_file),
        state_dir=settings.state_dir,
        terms=Terms(
            trust=signing.trust(keys, origin="--key") if keys else None,
            estate_file=settings.estate_file,
            bundle=bundle,
            any_age=any_age,
            any_bundle=any_bundle,
            any_approver=any_approver,
        ),
    )
    left_out = {
        "age": any_age,
        "bundle": any_bundle,
        "approver": any_approver,
        "stack file": stack_file is None,
    }
    if settings.format == "json":
        print_json(_document(path, found, [name for name, out in left_out.items() if out]))
        return
    _print(path, found)
    for name, out in left_out.items():
        if out:
            note(f"not checked: the record's {name}")


def _document(path: Path, found: "Record", left_out: list[str]) -> dict[str, object]:
    return {
        "record": str(path),
        "studio": found.studio,
        "stack": found.stack,
        "stage": found.stage,
        "verdict": found.verdict,
        "time": found.time,
        "approval": found.approval.as_json() if found.approval else None,
        "approver": found.approver,
        "key_id": found.key_id,
        "plan_sha256": found.plan_sha256,
        "stack_digest": found.digest,
        "stack_sha256": found.stack_sha256,
        "bundle": {"digest": found.bundle, "version": found.bundle_version},
        "tools": dict(found.tools),
        "exceptions": list(found.exceptions),
        "findings": list(found.findings),
        "not_checked": left_out,
    }


def _asks(found: "Record") -> str | None:
    from agent_studio.policies.approval import short

    return f"nobody named; {short(found.approval.reasons)}" if found.approval else None


def _print(path: Path, found: "Record") -> None:
    tools = ", ".join(f"{name} {version}" for name, version in sorted(found.tools.items()))
    version = f" ({found.bundle_version})" if found.bundle_version else ""
    rows = [
        ("studio", found.studio),
        ("stack", found.stack),
        ("verdict", f"{found.verdict}, {len(found.findings)} findings"),
        ("decided", found.time),
        ("approved by", found.approver or _asks(found)),
        ("signed by key", found.key_id),
        ("bundle", f"{found.bundle}{version}"),
        ("plan file", found.plan_sha256),
        ("stack digest", found.digest),
        ("tools", tools),
        *(
            (
                f"exception {entry['id']}",
                f"{entry.get('control')} on {entry.get('resource')}: {entry.get('reason')} "
                f"(approved by {entry.get('approver')}, expires {entry.get('expires')})",
            )
            for entry in found.exceptions
        ),
    ]
    print_table(f"{path.name}: verified", ("what", "value"), [row for row in rows if row[1]])
