"""Names computed from the estate, so that no stack ever reads another's state.

One module a cloud; every function is pure. A name that a person reads keeps its readable part first
and, where the cloud's limit or alphabet could make two names one, ends with a digest of its parts.
"""
