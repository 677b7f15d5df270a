"""A checked spec to the estate that the rest of the kit reads."""

from agent_studio.estate.catalogue import find_region
from agent_studio.estate.model import Account, Cell, DataClass, Estate, EstateSpec, Runtime
from agent_studio.estate.region import Region


def resolve(spec: EstateSpec) -> Estate:
    """Resolve every reference of a spec.

    Args:
        spec: a spec that has passed every check; references are not checked again.

    Returns:
        The estate; accounts, classes and runtimes in the file's order, cells too. An account
        that holds neither a cell nor the core has nothing to deploy and is left out.

    Raises:
        KeyError: the spec was not checked.
    """
    classes = {
        name: DataClass(
            name=name,
            residency=c.residency,
            crossing=c.crossing,
            retention_days=c.retention_days,
        )
        for name, c in spec.data_classes.items()
    }
    runtimes = {
        name: Runtime(
            name=name,
            cpu=r.cpu,
            memory=r.memory,
            max_instances=r.max_instances,
            data_classes=tuple(classes[c] for c in r.data_classes),
            egress=r.egress,
            models=r.models,
            budget=r.budget,
        )
        for name, r in spec.runtimes.items()
    }
    accounts = {
        name: Account(
            name=name,
            cloud=a.cloud,
            id=a.id,
            owner=a.owner,
            tenant=a.tenant,
            budget_usd_per_month=a.budget_usd_per_month,
            home=home,
            issuer=a.issuer,
        )
        for name, a in spec.accounts.items()
        if (home := _home(spec, name)) is not None
    }
    cells = tuple(
        Cell(
            studio=spec.studio,
            account=accounts[account],
            region=(region := _region(key)),
            network=cell.network,
            runtimes=tuple(runtimes[r] for r in cell.runtimes),
            replicate={c: _region(target) for c, target in cell.replicate.items()},
            vault_address=spec.vault.clusters.get(region.jurisdiction),
            vault_isolation=spec.vault.isolation,
            ci_addresses=spec.ci.addresses if spec.ci is not None else (),
            by_ci=spec.ci is not None,
        )
        for key, entries in spec.regions.items()
        for account, cell in entries.items()
    )
    return Estate(
        spec=spec,
        studio=spec.studio,
        core_region=_region(spec.core.region),
        core_account=accounts[spec.core.account],
        accounts=tuple(accounts.values()),
        data_classes=tuple(classes.values()),
        runtimes=tuple(runtimes.values()),
        cells=cells,
    )


def _home(spec: EstateSpec, account: str) -> Region | None:
    keys = [key for key, entries in spec.regions.items() if account in entries]
    if spec.core.account == account:
        keys.insert(0, spec.core.region)
    return _region(spec.accounts[account].home or keys[0]) if keys else None


def _region(key: str) -> Region:
    region = find_region(key)
    if region is None:
        raise KeyError(key)
    return region
