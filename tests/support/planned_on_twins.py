"""What Terraform plans of a stack on a twin, before it stands and once it does."""

import json
import re
import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent_studio.rehearsal.twins.mirror import VAULT, lay_out
from support.terraform import run_alone, settings

_MADE_UP = re.compile(r"twin-([0-9a-f]{24})")


def plans_of(stack: Mapping[str, Any], provider: str) -> tuple[str, str]:
    """Plan a stack, apply it, and plan it again; each plan as JSON.

    Args:
        stack: the parsed `cdk.tf.json`.
        provider: whose twin, e.g. `google`.
    """
    document: dict[str, Any] = json.loads(json.dumps(stack))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        document["terraform"]["backend"] = {"local": {"path": str(folder / "terraform.tfstate")}}
        work = folder / "work"
        work.mkdir()
        (work / "cdk.tf.json").write_text(json.dumps(document), encoding="utf-8")
        where = settings(folder, lay_out(folder / "mirror", folder / "cloud", [provider, VAULT]))

        def run(*words: str) -> str:
            status, said = run_alone(words, work=work, settings=where)
            if status:
                raise RuntimeError(said[-3000:])
            return said

        def plan() -> str:
            run("plan", "-input=false", "-out=plan")
            return run("show", "-json", "plan")

        run("init", "-input=false")
        first = plan()
        run("apply", "-input=false", "-auto-approve", "plan")
        return first, plan()


def as_azure_has_it(plan: str) -> str:
    """Put what a twin makes up as Azure has it: object ids and client ids are UUIDs."""
    return _MADE_UP.sub(lambda found: str(uuid.uuid5(uuid.NAMESPACE_OID, found[1])), plan)
