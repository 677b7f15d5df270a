"""What is wrong with the containers of an ECS task definition; the rules of the custom checks.

Each rule takes a task and gives one sentence for each thing that it objects to, without a full
stop. What can't be read before apply is objected to as well, with the reason. Names of fields are
those of the Amazon ECS API Reference, "ContainerDefinition" and "LinuxParameters".
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from agent_studio.policies.evidence import Evidence

_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
_OWN_REFERENCE = re.compile(r"^\$\{aws_ecr_repository\.[A-Za-z0-9_-]+\.repository_url\}[:@]?")
_ECR = re.compile(r"^(\d{12})\.dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/")
_USER = re.compile(r"^[0-9]{1,10}(?::[0-9A-Za-z_.-]+)?$")

_SECRET_WORDS = frozenset(
    {"PASSWORD", "PASSWD", "PWD", "PASSPHRASE", "SECRET", "SECRETS", "TOKEN", "APIKEY"}
    | {"CREDENTIAL", "CREDENTIALS"}
)
_SECRET_PAIRS = frozenset({("API", "KEY"), ("ACCESS", "KEY"), ("PRIVATE", "KEY"), ("AUTH", "KEY")})
_NAMES_ONLY = frozenset(
    {"ADDR", "ARN", "ENDPOINT", "FILE", "NAME", "PATH", "TTL", "TYPE", "URI", "URL"}
)
"""Last words of variables that say where a secret is, not what it is."""

_SECRET_VALUES = (
    ("an AWS access key", re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY")),
    ("a signed token", re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}")),
    ("an access token", re.compile(r"\b(?:gh[pousr]_\w{30,}|xox[abpr]-[\w-]{10,})")),
    ("an access token", re.compile(r"\b(?:hv[sb]\.\w{20,}|sk-[\w-]{20,}|glpat-[\w-]{16,})")),
    ("a password within a URL", re.compile(r"://[^/\s:@]+:[^/\s:@]+@")),
    (
        "the value of a secret",
        re.compile(
            r"\$\{[^}]*\.(?:secret_string|secret_binary|password|master_password|auth_token"
            r"|private_key(?:_pem)?|secret|result)\b"
        ),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task definition as far as it can be read before apply.

    Attributes:
        containers: its container definitions; empty when they can't be read.
        unreadable: why they can't be read; None when they can.
        arguments: the task definition's other arguments, without checkov's lists around them.
        accounts: the AWS accounts that the stack's providers are held to.
    """

    containers: tuple[Mapping[str, Any], ...]
    unreadable: str | None
    arguments: Mapping[str, Any]
    accounts: frozenset[str]

    def each(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """What to call each container, and its definition."""
        for place, container in enumerate(self.containers):
            yield f"container {container.get('name') or place}", container


def read_task(configuration: Mapping[str, Any], evidence: Evidence) -> Task:
    """Read a task definition as checkov hands it over.

    Where a plan does not know `container_definitions`, since it refers to what is not created yet,
    the synthesized stack shows them with the references in place.

    Args:
        configuration: the resource, each value in a list of one.
        evidence: what the stack and the plan tell beside it.
    """
    address = str(configuration.get("__address__", ""))
    containers, unreadable = _containers(configuration.get("container_definitions"))
    if containers is None and evidence.is_unknown(address, "container_definitions"):
        shown = evidence.shown(address, "container_definitions")
        if shown is None:
            unreadable = "container_definitions are known after apply only"
        else:
            containers, unreadable = _containers(shown)
    return Task(
        containers=containers or (),
        unreadable=unreadable if containers is None else None,
        arguments={name: _single(value) for name, value in configuration.items()},
        accounts=evidence.accounts,
    )


def writable_root(task: Task) -> Iterator[str]:
    """Containers that may write to their root file system."""
    yield from _unread(task)
    for label, container in task.each():
        if container.get("readonlyRootFilesystem") is not True:
            yield f"{label} may write to its root file system"


def root_user(task: Task) -> Iterator[str]:
    """Containers that run as root, or as a user whose number only the image knows."""
    yield from _unread(task)
    for label, container in task.each():
        user = container.get("user")
        if user in (None, ""):
            yield f"{label} runs as the user that its image names, root unless it says otherwise"
        elif not _USER.match(str(user)):
            yield f"{label} runs as {user!r}: a name may stand for root, a number can't"
        elif int(str(user).split(":")[0]) == 0:
            yield f"{label} runs as root"


def privileged(task: Task) -> Iterator[str]:
    """Containers with the host's own privileges."""
    yield from _unread(task)
    for label, container in task.each():
        if container.get("privileged") not in (None, False):
            yield f"{label} is privileged"


def capabilities(task: Task) -> Iterator[str]:
    """Containers that keep a Linux capability, or get one added."""
    yield from _unread(task)
    for label, container in task.each():
        found = _mapping(_mapping(container.get("linuxParameters")).get("capabilities"))
        if "ALL" not in _strings(found.get("drop")):
            yield f"{label} does not drop all Linux capabilities"
        added = _strings(found.get("add"))
        if added:
            yield f"{label} is given {', '.join(added)}"


def host_shared(task: Task) -> Iterator[str]:
    """Tasks that share a namespace, a folder or a device with their host."""
    for argument in ("network_mode", "pid_mode", "ipc_mode"):
        if task.arguments.get(argument) == "host":
            yield f"{argument} is host"
    for volume in _blocks(task.arguments.get("volume")):
        path = _single(volume.get("host_path"))
        if path:
            yield f"volume {_single(volume.get('name'))} is the host's folder {path}"
    yield from _unread(task)
    for label, container in task.each():
        if _mapping(container.get("linuxParameters")).get("devices"):
            yield f"{label} uses devices of its host"


def without_init(task: Task) -> Iterator[str]:
    """Containers whose first process neither reaps children nor passes signals on."""
    yield from _unread(task)
    for label, container in task.each():
        if _mapping(container.get("linuxParameters")).get("initProcessEnabled") is not True:
            yield f"{label} has no init process"


def unlimited(task: Task) -> Iterator[str]:
    """Tasks of which neither they nor each of their containers have limits."""
    missing = [name for name in ("cpu", "memory") if not _positive(task.arguments.get(name))]
    if missing:
        yield from _unread(task)
    for name in missing:
        for label, container in task.each():
            if not _positive(container.get(name)):
                yield f"{label} has no limit of {name}, and its task has none either"


def unlogged(task: Task) -> Iterator[str]:
    """Containers whose output nobody keeps."""
    yield from _unread(task)
    for label, container in task.each():
        found = _mapping(container.get("logConfiguration"))
        driver = found.get("logDriver")
        if not driver or driver == "none":
            yield f"{label} has no log configuration"
        elif driver == "awslogs" and not _mapping(found.get("options")).get("awslogs-group"):
            yield f"{label} names no log group"


def foreign_image(task: Task) -> Iterator[str]:
    """Containers whose image is neither pinned by digest nor in a registry of the estate."""
    yield from _unread(task)
    for label, container in task.each():
        image = str(container.get("image") or "")
        if _DIGEST.search(image) or _OWN_REFERENCE.match(image):
            continue
        registry = _ECR.match(image)
        if registry and registry[1] in task.accounts:
            continue
        if not image:
            yield f"{label} names no image"
        elif "${" in image:
            yield f"{label} runs an image that is known after apply only: {image}"
        elif registry:
            yield f"{label} runs {image}: its registry is in an account that is not the stack's own"
        else:
            yield f"{label} runs {image}: neither a digest nor a registry of the estate"


def plain_secret(task: Task) -> Iterator[str]:
    """Containers with a secret in a plain environment variable; its value is never repeated."""
    yield from _unread(task)
    for label, container in task.each():
        variables = container.get("environment") or ()
        for variable in variables if isinstance(variables, list) else ():
            name = str(_mapping(variable).get("name", ""))
            value = str(_mapping(variable).get("value") or "")
            kind = _secret(name, value)
            if kind:
                yield f"{label} holds {kind} in the plain environment variable {name}"


def _secret(name: str, value: str) -> str | None:
    """What kind of secret a variable looks like; None when it looks like none.

    >>> _secret("DB_PASSWORD", "hunter2")
    'what its name calls a secret'
    >>> _secret("STUDIO_TOKENS_PER_DAY", "5000000")
    >>> _secret("DB_PASSWORD_ARN", "arn:aws:secretsmanager:eu-west-1:222222222222:secret:db")
    """
    if not value.strip():
        return None
    for kind, pattern in _SECRET_VALUES:
        if pattern.search(value):
            return kind
    words = [word for word in re.split(r"[^A-Z0-9]+", _snake(name)) if word]
    if not words or words[-1] in _NAMES_ONLY:
        return None
    pairs = set(pairwise(words))
    if _SECRET_WORDS.isdisjoint(words) and _SECRET_PAIRS.isdisjoint(pairs):
        return None
    return "what its name calls a secret"


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()


def _containers(value: Any) -> tuple[tuple[Mapping[str, Any], ...] | None, str | None]:
    """The container definitions in any of the shapes that checkov hands over, or why not."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str | list):
        value = value[0]
    if isinstance(value, str):
        try:
            value = _parsed(value)
        except (ValueError, RecursionError):
            return None, "container_definitions are no JSON that can be read before apply"
    if not isinstance(value, list) or not value:
        return None, "there are no container_definitions"
    if not all(isinstance(item, dict) for item in value):
        return None, "container_definitions are not a list of objects"
    return tuple(value), None


@lru_cache(maxsize=256)
def _parsed(text: str) -> Any:
    """Parsed once for all rules; nothing changes what comes back."""
    return json.loads(text)


def _unread(task: Task) -> Iterator[str]:
    if task.unreadable:
        yield task.unreadable


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _blocks(value: Any) -> list[Mapping[str, Any]]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _strings(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def _positive(value: Any) -> bool:
    """Whether a limit is set: a number above zero, or ECS's words for one (`1 vCPU`, `2 GB`)."""
    if isinstance(value, bool) or value is None:
        return False
    number = re.match(r"^\s*(\d+(?:\.\d+)?)\s*(?:vCPU|GB|MB)?\s*$", str(value), re.IGNORECASE)
    return number is not None and float(number[1]) > 0
