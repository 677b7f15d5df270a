"""What must stand in an account before its first stack can be planned."""

from agent_studio.delivery.bootstrap.account import AccountPlace, Change, bootstrap_account, places

__all__ = ["AccountPlace", "Change", "bootstrap_account", "places"]
