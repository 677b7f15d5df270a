"""An agent that does all it can, and fails in all ways, with every log and trace switched on.

What it prints is searched for canaries. The tokens of its logins, which only it knows, go to the
file that it is told.
"""

import copy
import json
import logging
import os
import pickle
import pprint
import sys
import traceback
import warnings
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import rich.console
import rich.pretty
import rich.traceback

from agent_studio.identity import IdentityError, Secret, Vault, from_environment
from agent_studio.identity.sources.aws import AwsSource
from agent_studio.identity.sources.azure import AzureSource
from agent_studio.identity.sources.google import GoogleSource

SEEN: set[type[BaseException]] = set()
CONSOLE = rich.console.Console(width=400, force_terminal=False)


def show(thing: Any) -> None:
    """Print a thing in every way that something may be printed in by mistake."""
    print(thing, repr(thing), f"{thing!s:>10}", vars(thing) if hasattr(thing, "__dict__") else "")
    pprint.pprint(thing)
    CONSOLE.print(rich.pretty.pretty_repr(thing))
    logging.getLogger("canary").error("%s %r", thing, thing, extra={"thing": thing})
    for dump in (json.dumps, pickle.dumps, copy.deepcopy, asdict):
        try:
            print(dump(thing))  # type: ignore[operator]
        except Exception as error:  # noqa: BLE001 - what fails shows nothing, either
            print(type(error), error)


def show_error(error: BaseException) -> None:
    """Print an error with the variables of all frames, its causes and its own attributes."""
    show(error)
    traceback.print_exception(error)
    logging.getLogger("canary").error("failed", exc_info=error)
    for line in traceback.TracebackException.from_exception(error, capture_locals=True).format():
        print(line)
    if type(error) in SEEN:
        # It takes its time, and shows no more than the lines above.
        return
    SEEN.add(type(error))
    CONSOLE.print(
        rich.traceback.Traceback.from_exception(
            type(error), error, error.__traceback__, show_locals=True, locals_max_string=100_000
        )
    )


def attempt(what: str, call: Any) -> None:
    """Do something; show what came of it."""
    print(f"--- {what}")
    try:
        show(call())
    except BaseException as error:  # noqa: BLE001 - every kind of end is shown
        show_error(error)


def tokens(vault: Vault) -> list[str]:
    """The tokens of a client's logins."""
    sessions = [vault._cell, vault._shared]
    return [s._grant.client.token for s in sessions if s is not None and s._grant is not None]


def main() -> None:
    """Run."""
    logging.basicConfig(level=logging.DEBUG, stream=sys.stdout, force=True)
    warnings.simplefilter("always")
    settings = replace(
        from_environment(), source_address=os.environ["TEST_SOURCE_ADDRESS"], deadline=0.25
    )
    known = Path(os.environ["TEST_TOKENS"])
    vault = Vault(settings)
    attempt("secret", lambda: vault.secret("planted"))
    attempt("sign", lambda: vault.sign(os.environ["TEST_DATA"].encode()))
    attempt("verify", lambda: vault.verify(os.environ["TEST_DATA"].encode(), "junk"))
    attempt("pseudonym", lambda: vault.pseudonym("personal", os.environ["TEST_VALUE"]) and None)
    known.write_text(json.dumps(tokens(vault)))
    attempt("missing", lambda: vault.secret("nothing"))
    attempt("name", lambda: vault.secret("../x"))
    attempt("class", lambda: vault.pseudonym("nothing", os.environ["TEST_VALUE"]))
    for thing in (vault, settings, vault._cell, vault._cell._grant, vault._cell._connection):
        show(thing)
    show(Secret(os.environ["TEST_DATA"]))

    def interrupted(client: Any) -> None:
        token = client.token  # noqa: F841 - a frame that holds a token
        raise KeyboardInterrupt

    def broken(client: Any) -> None:
        raise ValueError(f"a fault of a library that shows {client.token}")

    attempt("interrupt", lambda: vault._cell.call(interrupted))
    attempt("library", lambda: vault._cell.call(broken))

    place = settings.cell
    wrong = {
        "role": replace(settings, cell=replace(place, role="nobody")),
        "mount": replace(settings, cell=replace(place, auth="jwt-1")),
        "namespace": replace(settings, cell=replace(place, namespace="nowhere")),
        "policy": replace(settings, cell=replace(place, secrets="runtimes/collector")),
        "origin": replace(settings, source_address="127.0.0.1"),
        "address": replace(settings, address="https://127.0.0.1:9"),
        "certificate": replace(settings, authority=None),
        "impostor": replace(settings, address=os.environ["TEST_IMPOSTOR"]),
        "token": replace(settings, source=f"file:{os.environ['TEST_BAD_TOKEN']}"),
    }
    for what, each in wrong.items():
        one = Vault(each)
        attempt(what, lambda one=one: one.secret("database"))  # type: ignore[misc]
        attempt(f"{what}: sign", lambda one=one: one.sign(b"x"))  # type: ignore[misc]
        one.close()
    for source in (
        AwsSource("x", "eu-west-1", os.environ["TEST_STS"], Path(os.environ["TEST_STS_CA"])),
        GoogleSource("x", os.environ["TEST_GOOGLE"]),
        AzureSource("x"),
        AwsSource("x", "eu-west-1", "https://127.0.0.1:9/"),
        GoogleSource("x", "127.0.0.1:9"),
        AzureSource("x", endpoint="http://127.0.0.1:9/"),
    ):
        show(source)
        attempt(f"source {source}", source.token)
    attempt("close", vault.close)
    attempt("closed", lambda: vault.secret("database"))
    try:
        raise RuntimeError("the agent's own")
    except RuntimeError:
        attempt("within a handler", lambda: Vault(wrong["token"]).secret("database"))
    if not issubclass(IdentityError, Exception):
        raise SystemExit(1)
    # Ends with an error of ours, as an agent that gives up does.
    Vault(wrong["role"]).secret("database")


if __name__ == "__main__":
    main()
