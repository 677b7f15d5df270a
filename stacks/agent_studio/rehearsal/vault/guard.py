"""Runs a server as its child and ends it when asked, or when whoever asked for it is gone.

Run as a file, `python -I -S guard.py <folder> <program> <argument>...`, so that it starts in a few
milliseconds. The caller holds the other end of its standard input. A byte there ends the server; so
does the end of the input, which comes when the caller has died, however it died. In that case the
folder is removed, too, since nobody else is left to do it.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading

STOP, KILL = b"s", b"k"
"""What the caller writes: end the server in order, or at once."""

_STOP_SECONDS = 5.0
_PR_SET_PDEATHSIG = 1
"""Linux, prctl(2): the signal that a process gets when its parent dies."""


def main() -> int:
    """Run until the server ends; give its exit code."""
    folder, *command = sys.argv[1:]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        stderr=sys.stderr,
        close_fds=True,
        preexec_fn=_end_with_parent if sys.platform == "linux" else None,
    )
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, lambda *_: process.terminate())
    abandoned = threading.Event()
    threading.Thread(target=_watch, args=(process, abandoned), daemon=True).start()
    code = process.wait()
    if abandoned.is_set():
        shutil.rmtree(folder, ignore_errors=True)
    return code


def _watch(process: "subprocess.Popen[bytes]", abandoned: threading.Event) -> None:
    word = os.read(0, 1)
    if not word:
        abandoned.set()
    if word == KILL or abandoned.is_set():
        process.kill()
        return
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
