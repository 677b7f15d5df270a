"""AWS Network Firewall: rule groups, policies, firewalls, logging configuration, tags.

moto keeps firewalls alone, without endpoints, tags, updates or deletion. Source: Network Firewall
API Reference, the operations of the same names. No traffic is filtered.
"""

from agent_studio.rehearsal.mends.network_firewall import firewalls, policies, rule_groups, tags

__all__ = ["firewalls", "policies", "rule_groups", "tags"]
