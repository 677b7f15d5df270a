"""What a mend is made of: a call, a reply, an error, and the register of handlers."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote

JSON = dict[str, Any]


class ApiError(Exception):
    """An error that the API's documentation names.

    Args:
        code: the error's name, e.g. `ResourceNotFoundException`.
        message: what went wrong.
        status: the HTTP status, as the service's API reference gives it.
    """

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        self.code = code
        self.status = status
        super().__init__(message)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request to the emulator, as far as its headers and path tell.

    Attributes:
        service: the signing name, e.g. `network-firewall`.
        operation: the name behind `X-Amz-Target`; empty for REST services.
        account: the account that the access key belongs to, twelve digits.
        region: the region in the credential scope.
        method: the HTTP method.
        path: the request's path, still percent-encoded.
        query: the query string.
        body: the request's body.
    """

    service: str
    operation: str
    account: str
    region: str
    method: str = "POST"
    path: str = "/"
    query: str = ""
    body: bytes = b""

    @property
    def json(self) -> JSON:
        """The body as JSON; an empty body is an empty object."""
        parsed: JSON = json.loads(self.body or b"{}")
        return parsed

    @property
    def form(self) -> Mapping[str, str]:
        """The parameters of a service that speaks the query protocol."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def segments(self) -> list[str]:
        """The path's parts, decoded: an encoded slash stays within its part."""
        return [unquote(part) for part in self.path.split("/") if part]

    @property
    def parameters(self) -> Mapping[str, list[str]]:
        """The query's parameters."""
        return parse_qs(self.query, keep_blank_values=True)

    def arn(self, resource: str) -> str:
        """The ARN of a resource of this call's service, account and region."""
        return f"arn:aws:{self.service}:{self.region}:{self.account}:{resource}"


@dataclass
class Store:
    """What one service keeps in one account and region: kind -> key -> object, and tags by ARN."""

    objects: dict[str, dict[str, JSON]] = field(default_factory=lambda: defaultdict(dict))
    tags: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))

    def get(self, kind: str, key: str, *, missing: str = "ResourceNotFoundException") -> JSON:
        """One object.

        Args:
            kind: the kind of thing.
            key: its name, id or ARN.
            missing: the error's name where there is none.

        Raises:
            ApiError: there is no such object.
        """
        try:
            return self.objects[kind][key]
        except KeyError:
            raise ApiError(missing, f"{kind} {key} does not exist", status=400) from None


Handler = Callable[[Call, Store], JSON]
Amendment = Callable[[Call, Store, JSON], JSON]

_operations: dict[tuple[str, str], tuple[Handler, Callable[[Call], bool]]] = {}
_services: dict[str, Handler] = {}
_amendments: dict[tuple[str, str], Amendment] = {}
_stores: dict[tuple[str, str, str], Store] = defaultdict(Store)


def operation(
    service: str, *names: str, only: Callable[[Call], bool] = lambda _: True
) -> Callable[[Handler], Handler]:
    """Register a handler for operations of a service.

    Args:
        service: the signing name.
        names: the operations' names, as in `X-Amz-Target` or `Action`.
        only: which calls it answers; moto answers the others.
    """

    def register(handler: Handler) -> Handler:
        for name in names:
            _operations[service, name] = (handler, only)
        return handler

    return register


def rest(service: str) -> Callable[[Handler], Handler]:
    """Register one handler for a whole REST service, by its signing name."""

    def register(handler: Handler) -> Handler:
        _services[service] = handler
        return handler

    return register


def amend(service: str, *names: str) -> Callable[[Amendment], Amendment]:
    """Register a function that puts moto's own successful answer right.

    Args:
        service: the signing name of a service that speaks AWS JSON.
        names: the operations' names.
    """

    def register(amendment: Amendment) -> Amendment:
        for name in names:
            _amendments[service, name] = amendment
        return amendment

    return register


def amendment_of(call: Call) -> Amendment | None:
    """The function that puts moto's answer to a call right, or None where it stands as it is."""
    return _amendments.get((call.service, call.operation))


def handler_of(call: Call) -> Handler | None:
    """The handler that answers a call, or None where the emulator itself does."""
    registered = _operations.get((call.service, call.operation))
    if registered is not None and registered[1](call):
        return registered[0]
    return _services.get(call.service)


def store_of(call: Call) -> Store:
    """The store of the call's service, account and region."""
    return _stores[call.service, call.account, call.region]


def tags_of(items: list[dict[str, str]] | None) -> dict[str, str]:
    """A list of `{Key, Value}` as a mapping."""
    return {item["Key"]: item.get("Value", "") for item in items or []}


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """A mapping as a list of `{Key, Value}`."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
