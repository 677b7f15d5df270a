"""Which provider modules the code uses, read from its imports."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from agent_studio.bindings.errors import BindingsError
from agent_studio.bindings.names import BINDING_NAME, fold

MARKERS = (b"cdktf_cdktf_provider_", b"cdktn_provider_")
OWN_FOLDER = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Usage:
    """The modules of one cloud's provider that the code uses.

    Attributes:
        cloud: the Terraform provider's short name.
        modules: the folded names.
        places: for each folded name the spelling, and `file:line` of the first use.
    """

    cloud: str
    modules: frozenset[str]
    places: dict[str, tuple[str, str]] = field(default_factory=dict)


def source_roots(package: Path | None = None) -> tuple[Path, ...]:
    """Name the folders whose imports are read.

    In a checkout these are the source roots `constructs/` and `stacks/`; in an installed wheel it
    is the package itself. Both are reached from the place of this file, so that no configuration
    is needed.

    Args:
        package: the folder of `agent_studio.bindings`; by default this one.

    Returns:
        Existing folders, sorted.
    """
    namespace = (package or Path(__file__).parent).parent
    checkout = namespace.parent.parent
    if namespace.parent.name == "stacks" and (checkout / "pyproject.toml").is_file():
        candidates = [checkout / "constructs" / "agent_studio", namespace]
    else:
        candidates = [namespace]
    return tuple(sorted(path for path in candidates if path.is_dir()))


def find_usage(roots: Iterable[Path]) -> dict[str, Usage]:
    """Read every Python file under some folders for provider modules.

    Recognised are `from package.module import Name`, `from package import module`, `import
    package.module [as name]`, `import package as name` followed by `name.module`, and a module's
    full name as a string, as `importlib.import_module` takes it.

    Args:
        roots: the folders.

    Returns:
        The usage by cloud.

    Raises:
        BindingsError: a file cannot be parsed, or imports all modules by a star.
    """
    found: defaultdict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    for root in roots:
        for path in sorted(root.rglob("*.py")):
            if path.is_relative_to(OWN_FOLDER):
                continue  # this package names the prefixes, but uses no module
            text = path.read_bytes()
            if not any(marker in text for marker in MARKERS):
                continue
            try:
                tree = ast.parse(text, str(path))
            except SyntaxError as error:
                raise BindingsError(
                    "an import cannot be read", found=f"{path}:{error.lineno} {error.msg}"
                ) from error
            for dotted, line in _names(tree, path):
                match = BINDING_NAME.fullmatch(dotted)
                if match and match["module"]:
                    places = found[match["cloud"]]
                    places.setdefault(fold(match["module"]), (match["module"], f"{path}:{line}"))
                elif match:
                    found[match["cloud"]]  # the cloud is used, if only its package
    return {
        cloud: Usage(cloud=cloud, modules=frozenset(places), places=places)
        for cloud, places in sorted(found.items())
    }


def _names(tree: ast.AST, path: Path) -> Iterator[tuple[str, int]]:
    """Give each dotted name that may be a provider's module, with its line."""
    aliases: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, node.lineno
            if "." not in node.module and BINDING_NAME.fullmatch(node.module):
                for name in node.names:
                    if name.name == "*":
                        raise BindingsError(
                            "a star import uses every module of a provider",
                            found=f"{path}:{node.lineno} from {node.module} import *",
                            fix="import the modules by name",
                        )
                    yield f"{node.module}.{name.name}", node.lineno
        elif isinstance(node, ast.Import):
            for name in node.names:
                yield name.name, node.lineno
                if "." not in name.name:
                    aliases[name.asname or name.name] = name.name
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and BINDING_NAME.fullmatch(node.value)
        ):
            yield node.value, node.lineno
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and BINDING_NAME.fullmatch(aliases.get(node.value.id, ""))
        ):
            yield f"{aliases[node.value.id]}.{node.attr}", node.lineno
