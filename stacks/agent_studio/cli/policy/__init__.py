"""`studio policy`: the rules that decide, as bundles."""

import click

from agent_studio.cli.policy.bundle import bundle
from agent_studio.cli.policy.keys import keys
from agent_studio.cli.policy.replay import replay
from agent_studio.cli.policy.test import test


@click.group()
def policy() -> None:
    """Test the rules that decide, bundle them, list who signs, and try others on recorded plans."""


policy.add_command(bundle)
policy.add_command(keys)
policy.add_command(replay)
policy.add_command(test)
