"""The providers that a working directory was initialized with, and what they say of themselves."""

import os
import re
import select
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agent_studio.delivery.schemas.protocol import COOKIE, COOKIE_VALUE, SCHEMA_CALLS

_SECONDS = 30

_UNTIL_THE_END = '"$0" </dev/null & exec >/dev/null; read -r end; kill -9 $!; wait'
"""Ends the provider when our end of its standard input closes: when we close it, or are killed."""

_HANDSHAKE = re.compile(r"1\|([56])\|unix\|([^|\n]+)\|grpc\|[^\n]*\n")
_LONGEST_HANDSHAKE = 4096
_LARGEST = 256 * 1024 * 1024
"""Bytes of the largest schema that is read; the AWS provider's has 5 MB."""
_guard = threading.Lock()


class Unavailable(Exception):  # noqa: N818 - it says what the schema is
    """A schema that can't be had; its text says why."""


@dataclass(frozen=True)
class Provider:
    """An installed provider.

    Attributes:
        source: its address without a host where the engine's own registry is meant, e.g.
            `hashicorp/aws`.
        binary: its program.
    """

    source: str
    binary: Path


@dataclass(frozen=True)
class Schema:
    """What a provider says of itself.

    Attributes:
        protocol: the version of the plugin protocol, 5 or 6.
        message: the answer, encoded.
    """

    protocol: int
    message: bytes

    @property
    def service(self) -> str:
        """The gRPC service that gave it."""
        return SCHEMA_CALLS[self.protocol][0]

    @property
    def call(self) -> str:
        """The service's call that gave it."""
        return SCHEMA_CALLS[self.protocol][1]


def installed(work: Path) -> Iterator[Provider]:
    """The providers of a working directory.

    Args:
        work: the directory; `.terraform/providers/<host>/<namespace>/<name>/<version>/<platform>`
            lies in it.
    """
    for folder in sorted((work / ".terraform" / "providers").glob("*/*/*/*/*")):
        host, namespace, name = folder.parts[-5:-2]
        programs = [
            path
            for path in folder.glob(f"terraform-provider-{name}*")
            if path.is_file() and os.access(path, os.X_OK)
        ]
        if len(programs) == 1:
            own = host in ("registry.terraform.io", "registry.opentofu.org")
            source = f"{namespace}/{name}" if own else f"{host}/{namespace}/{name}"
            yield Provider(source, programs[0].resolve())


def schema(provider: Provider) -> Schema:
    """Ask a provider for its schema; once in a process.

    Raises:
        Unavailable: it gives none.
    """
    status = provider.binary.stat()
    with _guard:
        return _schema(provider.binary, status.st_mtime_ns, status.st_size)


@cache
def _schema(binary: Path, _modified: int, _size: int) -> Schema:
    with tempfile.TemporaryDirectory(prefix="studio-schema-") as folder:
        process = _start(binary, folder)
        try:
            protocol, socket = _handshake(process)
            return Schema(protocol, _ask(protocol, socket))
        finally:
            process.communicate()


def _start(binary: Path, folder: str) -> "subprocess.Popen[bytes]":
    # It needs no credentials for this, so it gets none. Its socket goes where nobody else looks.
    return subprocess.Popen(
        ["/bin/sh", "-c", _UNTIL_THE_END, binary],
        env={
            COOKIE: COOKIE_VALUE,
            "PLUGIN_PROTOCOL_VERSIONS": "5,6",
            "TMPDIR": folder,
            "GOGC": "400",
        },
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _handshake(process: "subprocess.Popen[bytes]") -> tuple[int, str]:
    """Read what a provider says when it is ready (hashicorp/go-plugin, `docs/internals.md`)."""
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    line = b""
    while not line.endswith(b"\n") and len(line) < _LONGEST_HANDSHAKE:
        ready, _, _ = select.select([process.stdout], [], [], _SECONDS)
        read = os.read(process.stdout.fileno(), _LONGEST_HANDSHAKE) if ready else b""
        if not read:
            raise Unavailable("the provider does not start")
        line += read
    found = _HANDSHAKE.fullmatch(line.decode("utf-8", errors="replace"))
    if found is None:
        raise Unavailable("the provider speaks another protocol")
    return int(found[1]), found[2]


def _ask(protocol: int, socket: str) -> bytes:
    import grpc

    method = "/{}/{}".format(*SCHEMA_CALLS[protocol])
    limit = [("grpc.max_receive_message_length", _LARGEST)]
    with grpc.insecure_channel(f"unix:{socket}", options=limit) as channel:
        call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method)
        try:
            answer = call(b"", timeout=_SECONDS)
        except grpc.RpcError as error:
            raise Unavailable(f"the provider gives no schema: {error}") from None
    return answer
