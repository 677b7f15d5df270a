"""A region of the catalogue."""

from pydantic import BaseModel, ConfigDict


class Region(BaseModel):
    """One public cloud region, as the catalogue describes it.

    Attributes:
        cloud: `aws`, `gcp` or `azure`.
        name: the cloud's own name, e.g. `eu-west-1`.
        country: ISO 3166-1 alpha-2 code of the country the region lies in.
        jurisdiction: the legal area that holds the region, e.g. `EU`, `UK`, `US`.
        geography: prefix of the model-inference profiles that stay with it, e.g. `eu`; None where
            the cloud offers none.
        opt_in: whether an account must enable the region before it can be used.
        partition: the AWS partition (`aws`, `aws-cn`, `aws-us-gov`); empty on other clouds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cloud: str
    name: str
    country: str
    jurisdiction: str
    geography: str | None = None
    opt_in: bool = False
    partition: str = ""

    @property
    def key(self) -> str:
        """The region as `regions.yaml` writes it: `<cloud>/<name>`."""
        return f"{self.cloud}/{self.name}"
