"""How long a plan of a cell on a twin takes: Terraform, two providers, no state yet.

`.venv/bin/python tests/bench/bench_twins.py [--json]`. There is no stock way: the clouds' own
providers can plan nothing without an account. The best of several rounds counts.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.packed import packed
from support.terraform import run_alone, settings

from agent_studio.rehearsal.twins.mirror import VAULT, lay_out

CELLS = {
    "google": "cell-gcp-asia-northeast1-research-jp",
    "azurerm": "cell-azure-uksouth-clinics-uk",
}
_ROUNDS = 5
_TARGET_S = 2.5


def plan(provider: str, stack: str, folder: Path) -> float:
    """Give the seconds that a plan of a stack takes, at best."""
    document = json.loads(packed(stack, "stack"))
    document["terraform"]["backend"] = {"local": {"path": str(folder / "terraform.tfstate")}}
    work = folder / "work"
    work.mkdir()
    (work / "cdk.tf.json").write_text(json.dumps(document), encoding="utf-8")
    where = settings(folder, lay_out(folder / "mirror", folder / "cloud", [provider, VAULT]))
    _run("init", "-input=false", work=work, where=where)
    found = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        _run("plan", "-input=false", "-out=plan", work=work, where=where)
        found.append(time.perf_counter() - start)
    return min(found)


def _run(*words: str, work: Path, where: Path) -> None:
    status, said = run_alone(words, work=work, settings=where)
    if status:
        raise RuntimeError(said[-3000:])


def main() -> int:
    """Print the figures.

    Returns:
        1 when a plan takes longer than its target, else 0; always 0 with `--json`.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    found = {}
    for provider, stack in CELLS.items():
        with tempfile.TemporaryDirectory() as name:
            found[stack] = plan(provider, stack, Path(name))
    if arguments.json:
        figures = [
            {
                "figure": f"plan of {stack} on twins, s",
                "target": _TARGET_S,
                "ours": round(seconds, 2),
                "stock": None,
                "stock_way": "",
                "ratio": None,
            }
            for stack, seconds in found.items()
        ]
        print(json.dumps({"figures": figures}, indent=2))
        return 0
    for stack, seconds in found.items():
        print(f"{stack}: {seconds:.2f} s (target {_TARGET_S})")
    return int(max(found.values()) > _TARGET_S)


if __name__ == "__main__":
    sys.exit(main())
