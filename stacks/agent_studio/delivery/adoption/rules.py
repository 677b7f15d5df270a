"""The table of adoption rules: one entry for each resource type."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator
from ruamel.yaml import YAML

_NAME_FILTERS = [
    {"Name": "tag:Name", "Values": ["{name_tag}"]},
    {"Name": "tag:studio:stack", "Values": ["{stack_tag}"]},
]


class Find(BaseModel):
    """One read call that tells whether a resource exists.

    Attributes:
        service: botocore's name of the service.
        operation: the client's method.
        arguments: its arguments; strings are templates.
        result: JMESPath of the id, or of a list of ids; a template.
        last_part: whether the id is what follows the last `/` of the result.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: str
    operation: str
    arguments: dict[str, Any]
    result: str
    last_part: bool = False

    @model_validator(mode="before")
    @classmethod
    def _spell_out(cls, value: Any) -> Any:
        # `ec2: vpcs` is short for describing them by their Name and stack tags.
        if isinstance(value, Mapping) and "ec2" in value:
            rest = {key: item for key, item in value.items() if key != "ec2"}
            return {
                "service": "ec2",
                "operation": f"describe_{value['ec2']}",
                "arguments": {"Filters": _NAME_FILTERS},
                **rest,
            }
        return value


class Rule(BaseModel):
    """How one resource type is adopted.

    Attributes:
        import_id: template of the import id; None for an idempotent type.
        find: the call that finds it; None leaves existence to the import itself.
        idempotent: why creating it again makes nothing twice.
        source: where the facts stand.
        logged: whether the id that the engine prints after a creation serves as `{id}`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    import_id: Annotated[str | None, Field(alias="import")] = None
    find: Find | None = None
    idempotent: str | None = None
    source: str
    logged: bool = True

    @model_validator(mode="after")
    def _one_way(self) -> "Rule":
        if (self.import_id is None) == (self.idempotent is None):
            raise ValueError("a rule has either an import id or a reason to need none")
        return self


@cache
def load_rules() -> Mapping[str, Rule]:
    """Read the table: resource type -> rule.

    Raises:
        pydantic.ValidationError: the table itself is wrong.
    """
    text = files(__package__).joinpath("rules.yaml").read_text(encoding="utf-8")
    table = YAML(typ="safe", pure=True).load(text)
    return TypeAdapter(dict[str, Rule]).validate_python(table)
