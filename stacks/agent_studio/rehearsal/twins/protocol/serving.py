"""Serves a provider to the engine that started it: handshake, TLS, and the calls."""

import base64
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from agent_studio.delivery.schemas.protocol import COOKIE, COOKIE_VALUE, SCHEMA_CALLS
from agent_studio.rehearsal.twins.protocol.messages import CALLS, kind

_SERVICE, _ = SCHEMA_CALLS[6]
_CERTIFICATE = "PLUGIN_CLIENT_CERT"

Call = Callable[[Any], Any]


def serve(calls: Mapping[str, Call]) -> int:
    """Answer an engine until it says that it is done.

    Args:
        calls: the name of each call -> what answers it.

    Returns:
        The exit status.
    """
    if os.environ.get(COOKIE) != COOKIE_VALUE:
        sys.stderr.write("This is a provider for Terraform; Terraform starts it.\n")
        return 1
    done = threading.Event()
    server = grpc.server(
        ThreadPoolExecutor(8),
        handlers=[_provider(calls), *_plugin(done)],
        options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)],
    )
    with tempfile.TemporaryDirectory(prefix="twin-") as folder:
        address = f"unix:{Path(folder) / 'socket'}"
        certificate = ""
        if os.environ.get(_CERTIFICATE):
            # The engine's own certificate is of a curve (P-521) that gRPC's TLS does not take, so
            # it is not asked for: the socket lies in a folder that nobody else may enter.
            private, public, certificate = _own_certificate()
            server.add_secure_port(address, grpc.ssl_server_credentials([(private, public)]))
        else:
            server.add_insecure_port(address)
        server.start()
        sys.stdout.write(f"1|6|unix|{address.removeprefix('unix:')}|grpc|{certificate}\n")
        sys.stdout.flush()
        done.wait()
        server.stop(grace=0.5).wait()
    return 0


def _provider(calls: Mapping[str, Call]) -> grpc.GenericRpcHandler:
    def handler(name: str) -> Any:
        takes, _ = CALLS[name]
        return grpc.unary_unary_rpc_method_handler(
            lambda request, _context: calls[name](request),
            request_deserializer=kind(takes).FromString,
            response_serializer=lambda answer: answer.SerializeToString(),
        )

    return grpc.method_handlers_generic_handler(_SERVICE, {name: handler(name) for name in calls})


def _plugin(done: threading.Event) -> list[grpc.GenericRpcHandler]:
    """What go-plugin asks of every plugin: standard streams, a broker, and to end."""

    def shut_down(_request: bytes, _context: grpc.ServicerContext) -> bytes:
        done.set()
        return b""

    def silent(_request: Any, context: grpc.ServicerContext) -> Any:
        ended = threading.Event()
        context.add_callback(ended.set)
        ended.wait()
        yield from ()

    return [
        grpc.method_handlers_generic_handler(
            "plugin.GRPCController",
            {"Shutdown": grpc.unary_unary_rpc_method_handler(shut_down)},
        ),
        grpc.method_handlers_generic_handler(
            "plugin.GRPCStdio",
            {"StreamStdio": grpc.unary_stream_rpc_method_handler(silent)},
        ),
        grpc.method_handlers_generic_handler(
            "plugin.GRPCBroker",
            {"StartStream": grpc.stream_stream_rpc_method_handler(silent)},
        ),
    ]


def _own_certificate() -> tuple[bytes, bytes, str]:
    """A key, its certificate in PEM, and the certificate as the handshake gives it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    raw = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode().rstrip("=")
    return private, certificate.public_bytes(Encoding.PEM), raw
