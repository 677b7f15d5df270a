"""Calls into libraries whose exceptions carry what was sent and received.

An exception of hvac or requests holds the request and the answer; its traceback holds frames whose
variables are tokens. So nothing of it leaves this module: a call gives its result or a new error
of ours, which is raised where no frame and no chain leads back.
"""

from collections.abc import Callable
from typing import TypeVar

from agent_studio.identity.errors import IdentityError

T = TypeVar("T")


def outcome(
    call: Callable[[], T], translate: Callable[[Exception], IdentityError]
) -> T | IdentityError:
    """Call, and give what came of it.

    Args:
        call: what to do.
        translate: turns an exception into an error that shows nothing.

    Returns:
        the result, or the error to raise.

    Raises:
        BaseException: one that ends the program, such as KeyboardInterrupt, without its traceback.
    """
    ending: BaseException
    try:
        return call()
    except IdentityError as error:
        return _bare(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, it may hold a secret
        return _translated(error, translate)
    except BaseException as error:  # noqa: BLE001 - raised again below
        ending = _bare(error)
    raise ending


def guarded(call: Callable[[], T], translate: Callable[[Exception], IdentityError]) -> T:
    """Call, and raise what came of it as an error of ours.

    Args:
        call: what to do.
        translate: turns an exception into an error that shows nothing.

    Returns:
        the result.

    Raises:
        IdentityError: the call failed.
    """
    result = outcome(call, translate)
    if isinstance(result, IdentityError):
        raise result
    return result


def _translated(error: Exception, translate: Callable[[Exception], IdentityError]) -> IdentityError:
    try:
        return _bare(translate(error))
    except Exception as second:  # noqa: BLE001 - a fault of ours must show nothing, either
        return IdentityError(f"{type(error).__name__}, and {type(second).__name__} on top of it")


Bare = TypeVar("Bare", bound=BaseException)


def _bare(error: Bare) -> Bare:
    error.__cause__ = error.__context__ = error.__traceback__ = None
    return error
