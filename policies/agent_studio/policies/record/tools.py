"""The versions of what decides, for the record."""

from importlib.metadata import version

from agent_studio.policies import builtin


def deciding(**more: str) -> dict[str, str]:
    """Tool -> version of what decides.

    Args:
        more: further tools, as the engine that planned.
    """
    return {
        "agent-studio": version("agent-studio"),
        "cedarpy": version("cedarpy"),
        "checkov": builtin.load().version,
        **more,
    }
