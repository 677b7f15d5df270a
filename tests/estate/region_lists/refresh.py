"""Writes `gcp.yaml` again from the newest c7n-gcp: `make region-lists`.

Cloud Custodian keeps the list of Google Cloud's regions in a file of its package. The package is
downloaded without its many dependencies, and nothing of it is run.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from zipfile import ZipFile

from ruamel.yaml import YAML

PACKAGE = "c7n-gcp"
MEMBER = "c7n_gcp/regions.json"
HEADER = "Written by `make region-lists`; not to be edited.\n"


def main() -> None:
    """Download the package and write its list beside this file."""
    with tempfile.TemporaryDirectory() as folder:
        download = ["download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", folder]
        subprocess.run([sys.executable, "-m", "pip", *download, PACKAGE], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with ZipFile(wheel) as archive:
            regions = json.loads(archive.read(MEMBER))
        version = wheel.name.split("-")[1]
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    data = yaml.map(package=PACKAGE, version=version, path=MEMBER, regions=sorted(regions))
    data.yaml_set_start_comment(HEADER)
    with Path(__file__).with_name("gcp.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(data, file)


if __name__ == "__main__":
    main()
