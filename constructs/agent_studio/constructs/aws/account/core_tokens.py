"""The provider of the core's tokens, where the core lies on Azure."""

from cdktf_cdktf_provider_aws.iam_openid_connect_provider import IamOpenidConnectProvider
from constructs import Construct

from agent_studio.constructs.aws.federation import entra
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate import Scope


class CoreTokens(Construct):
    """Lets roles of the account trust tokens that the core shows.

    Guarantee: IAM takes the tokens of the core's own Entra tenant that are made out to the studio's
    cells. Nobody comes in by that alone: each cell's roles name the one identity that may. A core
    on AWS or Google Cloud needs no provider, and gets none.

    Args:
        scope: the stack.
        id_: the construct's id.
        core: the core's place.
    """

    def __init__(self, scope: Construct, id_: str, *, core: Scope) -> None:
        super().__init__(scope, id_)
        tokens = entra(core)
        if tokens is None:
            return
        issuer, audience = tokens
        IamOpenidConnectProvider(
            self,
            "issuer",
            url=issuer,
            client_id_list=[audience],
            tags=tags(issuer.removeprefix("https://")),
        )
