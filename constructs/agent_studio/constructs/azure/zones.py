"""Which regions have availability zones.

Source: Azure reliability documentation, "List of Azure regions".
"""

_ZONED = frozenset(
    [
        "australiaeast",
        "austriaeast",
        "belgiumcentral",
        "brazilsouth",
        "canadacentral",
        "centralindia",
        "centralus",
        "chilecentral",
        "chinanorth3",
        "eastasia",
        "eastus",
        "eastus2",
        "francecentral",
        "germanywestcentral",
        "indonesiacentral",
        "israelcentral",
        "italynorth",
        "japaneast",
        "japanwest",
        "koreacentral",
        "malaysiawest",
        "mexicocentral",
        "newzealandnorth",
        "northeurope",
        "norwayeast",
        "polandcentral",
        "qatarcentral",
        "southafricanorth",
        "southcentralus",
        "southeastasia",
        "spaincentral",
        "swedencentral",
        "switzerlandnorth",
        "uaenorth",
        "uksouth",
        "usgovvirginia",
        "westeurope",
        "westus2",
        "westus3",
    ]
)


def zones(region: str) -> list[str] | None:
    """Give the zones over which a resource is spread; None where the region has none."""
    return ["1", "2", "3"] if region in _ZONED else None


def replication(region: str) -> str:
    """Give the storage redundancy that leaves the region in no case: ZRS, else LRS."""
    return "ZRS" if region in _ZONED else "LRS"
