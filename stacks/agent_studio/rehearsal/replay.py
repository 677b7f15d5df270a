"""Answers to calls that a client repeats because it lost the first answer.

An AWS SDK sends the same `amz-sdk-invocation-id` with every attempt of one call (AWS SDKs and Tools
Reference Guide, "Retry behavior"). Under load a connection may break after the emulator acted; the
repeated call must not act twice: a "create" would find that the thing exists.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

Answer = tuple[str, list[tuple[str, str]], bytes]
_KEPT = 1024


@dataclass
class Replay:
    """The last answers to calls that change something, by invocation id."""

    _answers: "OrderedDict[str, Answer]" = field(default_factory=OrderedDict)

    def find(self, invocation: str) -> Answer | None:
        """The answer that this invocation got before, if it got one that was no server error."""
        return self._answers.get(invocation)

    def keep(self, invocation: str, answer: Answer) -> None:
        """Keep an answer; the oldest one goes when there are too many.

        Args:
            invocation: the id; an empty one is not kept.
            answer: status line, headers, body.
        """
        if not invocation or answer[0].startswith("5"):
            return
        self._answers[invocation] = answer
        while len(self._answers) > _KEPT:
            self._answers.popitem(last=False)
