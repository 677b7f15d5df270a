"""Adds and removes cells: decided on the text, checked on the result, nothing written here."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from agent_studio.estate.edit.text import with_entry, without_entry
from agent_studio.estate.errors import StudioError
from agent_studio.estate.loader import load_text
from agent_studio.estate.model import Estate
from agent_studio.estate.source import Mapping, Source, parse
from agent_studio.estate.source.nodes import Plain, plain
from agent_studio.estate.source.scalars import resolve
from agent_studio.estate.suggest import listed


@dataclass(frozen=True, kw_only=True)
class Change:
    """A changed estate file, not yet written.

    Attributes:
        text: the whole new text.
        estate: what it declares.
        home: the region that was written down as the account's home, if it was.
    """

    text: str
    estate: Estate
    home: str | None = None


def add_cell(
    file: str,
    text: str,
    *,
    region: str,
    account: str,
    network: IPv4Network,
    runtimes: Sequence[str],
) -> Change:
    """Add a cell to the text of an estate file.

    Without a home an account's guardrails lie in the first region that the file names for it. Where
    the new cell would be that first one, the present home is written down: the guardrails stay.

    Args:
        file: the file's name, for errors.
        text: its text, which must parse.
        region: `<cloud>/<region>`.
        account: a name under `accounts`.
        network: the cell's address range.
        runtimes: names under `runtimes`.

    Returns:
        The new text, its estate and the home that was written.

    Raises:
        StudioError: the account has a cell there already, or the place can't be edited safely.
        EstateInvalid: the file would be invalid.
    """
    source = parse(file, text)
    regions = _regions(source)
    here = regions.entries.get(region)
    if isinstance(here, Mapping) and account in here.entries:
        raise StudioError(
            f"`{account}` has a cell in {region} already",
            found=f"line {here.keys[account].line} of {file}",
            fix="edit that line, or remove the cell first",
        )
    listing = f", runtimes: [{', '.join(map(_word, runtimes))}]" if runtimes else ""
    entry = f"{account}: {{network: {network}{listing}}}"
    if isinstance(here, Mapping):
        changed = with_entry(text, (regions, region), here, [(0, entry)])
    else:
        lines = [(0, f"{region}:"), (1, entry)]
        changed = with_entry(text, (source.root, "regions"), regions, lines)
    wanted = source.plain()
    cell: dict[str, Plain] = {"network": str(network)}
    if runtimes:
        cell["runtimes"] = list(runtimes)
    _section(wanted, region)[account] = cell
    declared = _homeless(wanted, account)
    first, *others = _regions_of(wanted, account)
    if declared is None or first != region or not others:
        return _checked(file, changed, wanted)
    home = declared["home"] = others[0]
    changed = _with_home(file, changed, account, home)
    return _checked(file, changed, wanted, home=home)


def remove_cell(file: str, text: str, *, region: str, account: str) -> Change:
    """Remove a cell from the text of an estate file; a region left empty goes with it.

    Args:
        file: the file's name, for errors.
        text: its text, which must parse.
        region: `<cloud>/<region>`.
        account: a name under `accounts`.

    Returns:
        The new text and its estate.

    Raises:
        StudioError: there is no such cell, or the place can't be edited safely.
        EstateInvalid: the file would be invalid.
    """
    source = parse(file, text)
    regions = _regions(source)
    here = regions.entries.get(region)
    if not isinstance(here, Mapping) or account not in here.entries:
        cells = [
            f"{r} {a}"
            for r, n in regions.entries.items()
            if isinstance(n, Mapping)
            for a in n.entries
        ]
        raise StudioError(
            "there is no such cell",
            found=f"{region} {account}",
            allowed=listed(cells),
            fix="name a region and an account as regions.yaml does",
        )
    wanted = source.plain()
    section = _section(wanted, region)
    del section[account]
    if section:
        changed = without_entry(text, (regions, region), here, account)
    else:
        changed = without_entry(text, (source.root, "regions"), regions, region)
        whole = wanted["regions"]
        assert isinstance(whole, dict)  # noqa: S101 - _section found it
        del whole[region]
    return _checked(file, changed, wanted)


def _word(name: str) -> str:
    return name if isinstance(resolve(name), str) else f'"{name}"'


def _regions(source: Source) -> Mapping:
    regions = source.root.entries.get("regions")
    if not isinstance(regions, Mapping):
        raise StudioError(
            f"{source.file} has no mapping `regions`", fix="add a line `regions: {}` and try again"
        )
    return regions


def _section(data: dict[str, Plain], region: str) -> dict[str, Plain]:
    regions = data["regions"]
    assert isinstance(regions, dict)  # noqa: S101 - _regions checked it
    section = regions.setdefault(region, {})
    if not isinstance(section, dict):
        raise StudioError(f"`{region}` is no mapping", fix="correct it by hand")
    return section


def _homeless(data: dict[str, Plain], account: str) -> dict[str, Plain] | None:
    """Give the account's entry where nothing but its regions says where its home is."""
    accounts, core = data.get("accounts"), data.get("core")
    declared = accounts.get(account) if isinstance(accounts, dict) else None
    if not isinstance(declared, dict) or "home" in declared:
        return None
    return None if isinstance(core, dict) and core.get("account") == account else declared


def _regions_of(data: dict[str, Plain], account: str) -> list[str]:
    regions = data["regions"]
    assert isinstance(regions, dict)  # noqa: S101 - _section found it
    return [key for key, cells in regions.items() if isinstance(cells, dict) and account in cells]


def _with_home(file: str, text: str, account: str, home: str) -> str:
    accounts = parse(file, text).root.entries["accounts"]
    assert isinstance(accounts, Mapping)  # noqa: S101 - _homeless found the account in it
    mapping = accounts.entries[account]
    assert isinstance(mapping, Mapping)  # noqa: S101 - the same
    return with_entry(text, (accounts, account), mapping, [(0, f"home: {home}")])


def _checked(file: str, text: str, wanted: dict[str, Plain], *, home: str | None = None) -> Change:
    """Load the result, and compare it with what the edit was to mean."""
    estate = load_text(file, text)
    if plain(parse(file, text).root) != wanted:
        raise StudioError("the file's layout can't be edited safely", fix="make the change by hand")
    return Change(text=text, estate=estate, home=home)
