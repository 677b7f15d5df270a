"""Construct ids and resource names are an external contract: changing one replaces resources."""

import json
from pathlib import Path

from support.estates import synthesized_estate
from support.inventory import COMMAND, FILE, inventory


def test_ids_and_names_are_those_that_were_pinned() -> None:
    """Addresses and names of what holds data, grants access or is addressed stay as they are."""
    assert FILE.is_file(), f"{FILE} is missing; write it with: {COMMAND}"
    pinned = json.loads(FILE.read_text("utf-8"))
    found = inventory(synthesized_estate())
    gone = {
        f"{stack}: {address} -> {name}"
        for stack, addresses in pinned.items()
        for address, name in addresses.items()
        if found.get(stack, {}).get(address) != name
    }
    assert not gone, (
        "these would be replaced or lost in every deployed estate:\n  "
        + "\n  ".join(sorted(gone))
        + f"\nIf that is meant, pin what stands now with: {COMMAND}"
    )


def test_the_inventory_is_whole() -> None:
    """What is new since the inventory was written is pinned too."""
    pinned = json.loads(FILE.read_text("utf-8"))
    found = inventory(synthesized_estate())
    new = {
        f"{stack}: {address}"
        for stack, addresses in found.items()
        for address in addresses
        if address not in pinned.get(stack, {})
    }
    assert not new, "not pinned yet:\n  " + "\n  ".join(sorted(new)) + f"\nPin with: {COMMAND}"


def test_the_inventory_never_writes_itself(tmp_path: Path) -> None:
    """Only the command writes the file: reading the inventory leaves it as it is."""
    before = FILE.read_bytes()
    inventory(synthesized_estate())
    assert FILE.read_bytes() == before
