"""ACM: the key algorithm of a certificate that was asked for, which moto drops.

Source: AWS Certificate Manager API Reference, RequestCertificate (`KeyAlgorithm`, RSA_2048 by
default) and `CertificateDetail`. The certificate's own key stays an RSA one: nothing serves it.
"""

from agent_studio.rehearsal.mends.call import JSON, Call, Store, amend

_DEFAULT = "RSA_2048"


@amend("acm", "RequestCertificate")
def remember(call: Call, store: Store, answer: JSON) -> JSON:
    """Keep the algorithm that was asked for."""
    wanted = call.json.get("KeyAlgorithm", _DEFAULT)
    store.objects["certificate"][answer["CertificateArn"]] = {"algorithm": wanted}
    return answer


@amend("acm", "DescribeCertificate")
def describe(call: Call, store: Store, answer: JSON) -> JSON:
    """Give the kept algorithm back."""
    kept = store.objects["certificate"].get(call.json["CertificateArn"])
    if kept is not None:
        answer["Certificate"]["KeyAlgorithm"] = kept["algorithm"]
    return answer
