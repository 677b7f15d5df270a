"""The agent runtime: what runs inside a cell. It has no code yet."""
