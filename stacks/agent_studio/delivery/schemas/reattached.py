"""Answers an engine in a provider's place, with a schema and nothing else."""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from agent_studio.delivery.schemas.providers import Schema, Unavailable, installed, schema
from agent_studio.delivery.schemas.types import cut, named_in

VARIABLE = "TF_REATTACH_PROVIDERS"
"""Provider -> where it listens (Terraform's documentation, "Debugging Providers")."""


@contextmanager
def reattached(
    work: Path, plan_file: Path, environment: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    """Stand in for the providers of a plan while the engine shows it.

    Args:
        work: the working directory, initialized.
        plan_file: the plan file.
        environment: the engine's environment.

    Yields:
        What to add to the environment; nothing where no provider can be stood in for, or where the
        user reattaches providers already.
    """
    if VARIABLE in environment:
        yield {}
        return
    with ExitStack() as stack:
        try:
            found = _serve_all(stack, work, plan_file)
        except (Unavailable, ValueError, OSError):
            found = {}
        yield {VARIABLE: json.dumps(found)} if found else {}


def _serve_all(stack: ExitStack, work: Path, plan_file: Path) -> dict[str, Any]:
    providers = list(installed(work))
    if not providers:
        return {}
    names = named_in(plan_file)
    # A private folder: whoever else is on this machine can neither ask nor answer.
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="studio-show-")))
    found = {}
    for position, provider in enumerate(providers):
        whole = schema(provider)
        socket = folder / str(position)
        stack.enter_context(_serving(whole, cut(whole.message, names), socket))
        found[provider.source] = {
            "Protocol": "grpc",
            "ProtocolVersion": whole.protocol,
            "Pid": os.getpid(),
            "Test": True,
            "Addr": {"Network": "unix", "String": str(socket)},
        }
    return found


@contextmanager
def _serving(whole: Schema, message: bytes, socket: Path) -> Iterator[None]:
    import grpc

    def answer(_request: bytes, _context: grpc.ServicerContext) -> bytes:
        return message

    # Every other call is one that this stand-in does not know.
    calls: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
        whole.call: grpc.unary_unary_rpc_method_handler(answer)
    }
    with ThreadPoolExecutor(1) as executor:
        server = grpc.server(
            executor, handlers=[grpc.method_handlers_generic_handler(whole.service, calls)]
        )
        server.add_insecure_port(f"unix:{socket}")
        server.start()
        try:
            yield
        finally:
            server.stop(grace=None).wait()
