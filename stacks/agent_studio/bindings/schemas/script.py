"""One generated `index.js`, taken apart: functions, classes, and what they say of attributes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

_FUNCTION = re.compile(r"^function (\w+)ToHclTerraform\(struct\) \{\n(.*?)^\}\n", re.M | re.S)
_CLASS = re.compile(r"^class (\w+) extends cdktf\.(\w+) \{\n(.*?)^\}\n", re.M | re.S)
_ARGUMENT = re.compile(
    r"^ +(?P<name>\w+): \{\n"
    r" +value: (?P<value>.*?),\n"
    r" +isBlock: (?P<block>true|false),\n"
    r" +type: \"(?P<kind>\w+)\",\n"
    r" +storageClassType: \"(?P<holds>\w+)\",\n",
    re.M | re.S,
)
_PROPERTY = re.compile(r"\((?:struct|this)\.(_?\w+?)(?:\.internalValue)?\)")
_STRUCT = re.compile(r"(?<!cdktf\.)\b([a-z]\w*)ToHclTerraform\b")
_COMPUTED = re.compile(
    r"^ +// (?P<name>\w+) - computed: true, optional: false, required: false\n(?P<code>.*?);\n",
    re.M | re.S,
)
_TYPE = re.compile(r"terraformResourceType: '(\w+)'")


@dataclass(frozen=True)
class Argument:
    """What can be set.

    Attributes:
        name: Terraform's name of it.
        property: its name in JavaScript.
        struct: the function that writes it where it has parts of its own; else None.
        block: whether it is written as a block.
        many: whether there can be several.
        kind: `simple`, `map`, `list`, `set` or `struct`.
        holds: `string`, `stringList`, ...; the name of a class where it has parts.
    """

    name: str
    property: str
    struct: str | None
    block: bool
    many: bool
    kind: str
    holds: str


@dataclass(frozen=True)
class Class:
    """A generated class.

    Attributes:
        name: its name.
        base: what it extends, without `cdktf.`.
        body: its text.
    """

    name: str
    base: str
    body: str

    def optional(self, property_: str) -> bool:
        """Whether what a property holds may be left out: there is a way to unset it."""
        return f"    reset{property_[0].upper()}{property_[1:]}() {{" in self.body

    def computed(self) -> Iterator[tuple[str, str]]:
        """The attributes that the provider alone sets, each with the code that reads it."""
        for found in _COMPUTED.finditer(self.body):
            yield found["name"], found["code"]

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """What a resource, data source or provider takes."""
        _, _, tail = self.body.partition("    synthesizeHclAttributes() {")
        return arguments(tail)

    @property
    def resource_type(self) -> str | None:
        """The type of resource or data source that it stands for."""
        found = _TYPE.search(self.body)
        return found[1] if found else None


@dataclass(frozen=True)
class Script:
    """A generated script.

    Attributes:
        text: its text.
    """

    text: str

    @cached_property
    def structs(self) -> Mapping[str, tuple[Argument, ...]]:
        """Function -> the parts that it writes."""
        return {found[1]: arguments(found[2]) for found in _FUNCTION.finditer(self.text)}

    @cached_property
    def classes(self) -> Mapping[str, Class]:
        """Name -> class."""
        return {
            found[1]: Class(found[1], found[2], found[3]) for found in _CLASS.finditer(self.text)
        }


def arguments(text: str) -> tuple[Argument, ...]:
    """What a text of generated JavaScript says can be set."""
    found = []
    for match in _ARGUMENT.finditer(text):
        property_ = _PROPERTY.search(match["value"])
        struct = _STRUCT.search(match["value"])
        if property_ is None:
            raise ValueError(f"the bindings write {match['name']} in an unknown way")
        found.append(
            Argument(
                name=match["name"],
                property=property_[1].removeprefix("_"),
                struct=struct[1] if struct else None,
                # `listMapperHcl(x, false)` is an attribute that is written as blocks are.
                block=match["block"] == "true" and ", false)" not in match["value"],
                many="listMapperHcl" in match["value"] or "hashMapperHcl" in match["value"],
                kind=match["kind"],
                holds=match["holds"],
            )
        )
    return tuple(found)
