"""Settle what an interrupted apply left: processes, locks, lost state, unrecorded resources."""
