"""The key that signs bundles and releases."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.kms_alias import KmsAlias
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from constructs import Construct

from agent_studio.constructs.aws.account.key import administration
from agent_studio.constructs.aws.policy_document import document, statement
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate import Scope
from agent_studio.estate.names import aws as names

_DELETION_WINDOW_DAYS = 30


class SigningKey(Construct):
    """The ECDSA P-256 key that signs bundles and releases.

    Guarantee: the private half never leaves KMS, the core service alone can sign with it, and no
    plan destroys it.

    An explicit denial holds against every other principal of the account, administrators too.
    Anyone who may read the key's metadata can fetch the public half and verify. KMS does not rotate
    asymmetric keys: a new key is a new block (KMS Developer Guide, "Rotate KMS keys").

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the core's place.
        signer_arn: the role that may sign.
    """

    def __init__(self, scope: Construct, id_: str, *, place: Scope, signer_arn: str) -> None:
        super().__init__(scope, id_)
        alias = names.key_alias(place, "signing")
        key = KmsKey(
            self,
            "key",
            description=f"{place.studio}: signs bundles and releases",
            key_usage="SIGN_VERIFY",
            customer_master_key_spec="ECC_NIST_P256",
            deletion_window_in_days=_DELETION_WINDOW_DAYS,
            policy=document(
                administration(place),
                statement(
                    "OnlyTheCoreSigns",
                    effect="Deny",
                    actions="kms:Sign",
                    principals={"AWS": "*"},
                    condition={"ArnNotEquals": {"aws:PrincipalArn": signer_arn}},
                ),
            ),
            tags=tags(alias),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        KmsAlias(self, "alias", name=alias, target_key_id=key.key_id)
        self.arn: str = key.arn
        """The key's ARN, a token."""
