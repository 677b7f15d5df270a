"""The emulator's process: moto's server, with the mends in front, on one loopback port.

Run as `python -m agent_studio.rehearsal.server`; `agent_studio.rehearsal.emulator` starts and
stops it. Threads read the connections, and one request is answered at a time: moto's models are
not made for threads, and a call takes a few milliseconds.
"""

import io
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4
from xml.etree.ElementTree import Element, SubElement, tostring

import click
from moto.iam.models import get_account_id_from
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

from agent_studio.rehearsal import mends
from agent_studio.rehearsal.mends.call import (
    JSON,
    ApiError,
    Call,
    Handler,
    amendment_of,
    handler_of,
    store_of,
)
from agent_studio.rehearsal.replay import Answer, Replay

_LOG = logging.getLogger("agent_studio.rehearsal")
_JSON_TYPE = "application/x-amz-json-1.1"
_EC2_NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"


class _Dispatcher(DomainDispatcherApplication):
    """Remembers which backend serves a host; moto lists its own folder at every call."""

    def __init__(self, create_app: Callable[[Any], Any]) -> None:
        super().__init__(create_app)
        self._backends: dict[str | None, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        """The backend of one host name."""
        if host not in self._backends:
            self._backends[host] = super().get_backend_for_host(host)
        return self._backends[host]


class Emulator:
    """The WSGI application: a mend where there is one, else moto."""

    def __init__(self) -> None:
        self._moto = _Dispatcher(create_backend_app)
        self._one_at_a_time = threading.RLock()
        self._replay = Replay()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        if environ["REQUEST_METHOD"] == "CONNECT":
            # The provider's https proxy points here, so that nothing leaves the machine.
            start_response("403 Forbidden", [("Content-Length", "0")])
            return [b""]
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if not environ.get("wsgi.input_terminated"):
            environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(length))
        invocation = environ.get("HTTP_AMZ_SDK_INVOCATION_ID", "")
        with self._one_at_a_time:
            began = time.perf_counter()
            call = _call(environ)
            answer = self._replay.find(invocation)
            note = " (repeated)" if answer else ""
            if answer is None:
                answer = self._answer(call, environ)
                if call.method not in ("GET", "HEAD"):
                    self._replay.keep(invocation, answer)
            _LOG.info(
                "%s %s %s %s %s -> %s%s (%.0f ms)",
                call.account,
                call.region,
                call.service,
                call.operation or call.method,
                call.path if not call.operation else "",
                answer[0],
                note,
                (time.perf_counter() - began) * 1000,
            )
        start_response(answer[0], answer[1])
        return [answer[2]]

    def _answer(self, call: Call, environ: dict[str, Any]) -> Answer:
        handler = handler_of(call)
        if handler is None:
            return self._amended(call, environ)
        return _mended(call, handler)

    def _amended(self, call: Call, environ: dict[str, Any]) -> Answer:
        """Moto's answer, put right where an amendment is registered for the call."""
        began: list[tuple[str, list[tuple[str, str]]]] = []
        result = self._moto(environ, lambda line, headers, *_: began.append((line, headers)))
        body = b"".join(result)
        if hasattr(result, "close"):
            result.close()
        line, headers = began[-1]
        amendment = amendment_of(call)
        if amendment is not None and line.startswith("200"):
            answer = amendment(call, store_of(call), json.loads(body or b"{}"))
            body = json.dumps(answer).encode()
            headers = [(k, v) for k, v in headers if k.lower() != "content-length"]
            headers.append(("Content-Length", str(len(body))))
        return line, headers, body


def _call(environ: dict[str, Any]) -> Call:
    service, region = "", ""
    access_key = ""
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    if "Credential=" in authorization:
        scope = authorization.split("Credential=", 1)[1].split(",", 1)[0].split("/")
        if len(scope) == 5:
            access_key, _, region, service, _ = scope
    body = environ["wsgi.input"].read()
    environ["wsgi.input"] = io.BytesIO(body)
    target = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    if not target and body.startswith(b"Action="):
        target = body[7:].split(b"&", 1)[0].decode("ascii", "replace")
    return Call(
        service=service,
        operation=target,
        account=get_account_id_from(access_key) if access_key else "",
        region=region,
        method=environ["REQUEST_METHOD"],
        # Werkzeug's REQUEST_URI is the request's whole target, its query too.
        path=(environ.get("REQUEST_URI") or environ.get("PATH_INFO", "/")).partition("?")[0],
        query=environ.get("QUERY_STRING", ""),
        body=body,
    )


def _mended(call: Call, handler: Handler) -> Answer:
    extra: list[tuple[str, str]] = []
    try:
        payload, status = handler(call, store_of(call)), 200
    except ApiError as error:
        payload, status = {"__type": error.code, "message": str(error)}, error.status
        extra = [("x-amzn-ErrorType", error.code)]
    if call.service == "ec2":
        kind, body = "text/xml", _xml(call, payload)
    else:
        kind, body = _JSON_TYPE, json.dumps(payload).encode()
    line = "200 OK" if status == 200 else f"{status} Error"
    return line, [("Content-Type", kind), ("Content-Length", str(len(body))), *extra], body


def _xml(call: Call, payload: JSON) -> bytes:
    """An answer as EC2 writes it (Amazon EC2 API Reference, "Query requests")."""
    root = Element(f"{call.operation}Response", xmlns=_EC2_NAMESPACE)
    SubElement(root, "requestId").text = str(uuid4())
    _fill(root, payload)
    return tostring(root)


def _fill(parent: Element, payload: JSON) -> None:
    for name, value in payload.items():
        child = SubElement(parent, name)
        if isinstance(value, dict):
            _fill(child, value)
        else:
            child.text = str(value)


class _Handler(MotoRequestHandler):
    """Keeps connections open, as the provider does, and leaves logging to `Emulator`.

    Werkzeug's own closes each; a new connection and thread a call took half of the emulator's
    time. Keeping them is safe here: `Emulator` reads each request to its end.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def run_wsgi(self) -> None:
        """Answer one request."""
        began: list[tuple[str, list[tuple[str, str]]]] = []
        environ = self.make_environ()
        application: Any = self.server.app
        try:
            body = b"".join(application(environ, lambda *answer: began.append(answer)))
        except Exception:  # noqa: BLE001 - one call's failure must not end the server
            _LOG.exception("%s %s", self.command, self.path)
            body, began = b"", [("500 Internal Server Error", [])]
        line, headers = began[-1]
        code, _, reason = line.partition(" ")
        self.send_response(int(code), reason)
        silent = self.command == "HEAD" or code in ("204", "304")
        for name, value in headers:
            if silent or name.lower() != "content-length":
                self.send_header(name, value)
        if not silent:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not silent:
            self.wfile.write(body)
        self.wfile.flush()

    def log_request(self, *_: Any, **__: Any) -> None:
        """Say nothing: `Emulator` writes one line a call."""


def _watch(parent: int) -> None:
    """End the process once its parent is gone, however the parent ended."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


@click.command()
@click.option("--port", type=int, default=0, help="0: a free port.")
@click.option("--parent", type=int, default=0, help="End when this process is no longer parent.")
def main(port: int, parent: int) -> None:
    """Serve until stopped; the first line on stdout is a JSON object with the port."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    mends.install()
    server = make_server("127.0.0.1", port, Emulator(), threaded=True, request_handler=_Handler)
    os.environ["MOTO_PORT"] = str(server.server_port)
    if parent:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    print(json.dumps({"port": server.server_port}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
