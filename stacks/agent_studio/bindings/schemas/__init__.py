"""The schema of resource types, as the prebuilt bindings carry it.

The bindings are generated from the providers' own schemas (`terraform providers schema -json`), and
their JavaScript keeps nearly all of it: nesting, types, what is required, optional or computed.
`schemas_of` gives it back in the form of that command, for the modules that a lean package keeps.

What the bindings do not keep: whether an optional attribute may be computed, too (all are taken to
be), which attributes are sensitive, and which force replacement.
"""

from agent_studio.bindings.schemas.build import schemas_of

__all__ = ["schemas_of"]
