"""Lean provider bindings: only the provider modules that the code imports.

The prebuilt provider packages are complete, and a program pays for all of it at every start. This
package reads which modules our code imports, takes them out of the pinned prebuilt packages, and
installs the result under the same import names.

Nothing here imports another part of `agent_studio`, so that any part may import it.
"""
