"""The `studio` command: thin commands, imported when they are called."""
