"""Names and ARNs on AWS. Limits are those of each service's API reference.

`purpose` is a short noun in kebab case that says what the thing is for within its stack, e.g.
`store-personal`, `log-archive`, `analyst-task`; a name is unique for a (scope, purpose) pair.
"""

from agent_studio.estate.names.digest import fitted
from agent_studio.estate.scope import Scope


def bucket(scope: Scope, purpose: str) -> str:
    """S3 bucket: at most 63 characters, unique over all of AWS (S3 User Guide, naming rules)."""
    return fitted(scope.studio, purpose, scope.account_id, scope.stack, scope.region, limit=63)


def bucket_arn(scope: Scope, purpose: str) -> str:
    """ARN of `bucket`."""
    return f"arn:{scope.partition}:s3:::{bucket(scope, purpose)}"


def state_bucket(scope: Scope) -> str:
    """Bucket of the Terraform state of every stack of one account in one region."""
    return fitted(scope.studio, "state", scope.account_id, scope.region, limit=63)


def role(scope: Scope, purpose: str) -> str:
    """IAM role: at most 64 characters, unique in its account over all regions (IAM quotas)."""
    return fitted(scope.studio, purpose, scope.stack, scope.region, limit=64)


def role_arn(scope: Scope, purpose: str) -> str:
    """ARN of `role`."""
    return f"arn:{scope.partition}:iam::{scope.account_id}:role/{role(scope, purpose)}"


def token_provider_arn(scope: Scope, issuer: str) -> str:
    """ARN of the account's provider for an issuer of tokens, an address (IAM, `oidc-provider`)."""
    known = issuer.removeprefix("https://")
    return f"arn:{scope.partition}:iam::{scope.account_id}:oidc-provider/{known}"


def account_role(studio: str, purpose: str) -> str:
    """A role that every account holds once: `plan`, `apply`, `state`, `bootstrap`."""
    return f"{studio}-studio-{purpose}"


def account_role_arn(scope: Scope, purpose: str) -> str:
    """ARN of `account_role` in the scope's account."""
    name = account_role(scope.studio, purpose)
    return f"arn:{scope.partition}:iam::{scope.account_id}:role/{name}"


def policy(scope: Scope, purpose: str) -> str:
    """Managed policy: at most 128 characters (IAM quotas)."""
    return fitted(scope.studio, purpose, scope.stack, scope.region, limit=128)


def policy_arn(scope: Scope, purpose: str) -> str:
    """ARN of `policy`."""
    return f"arn:{scope.partition}:iam::{scope.account_id}:policy/{policy(scope, purpose)}"


def key_alias(scope: Scope, purpose: str) -> str:
    """KMS alias: at most 256 characters (KMS CreateAlias)."""
    return f"alias/{scope.studio}/{scope.stack}/{purpose}"


def log_group(scope: Scope, purpose: str) -> str:
    """CloudWatch log group: at most 512 characters (CloudWatch Logs CreateLogGroup)."""
    return f"/{scope.studio}/{scope.stack}/{purpose}"


def log_group_arn(scope: Scope, purpose: str) -> str:
    """ARN of `log_group`, without the trailing `:*`."""
    name = log_group(scope, purpose)
    return f"arn:{scope.partition}:logs:{scope.region}:{scope.account_id}:log-group:{name}"


def queue(scope: Scope, purpose: str) -> str:
    """SQS queue: at most 80 characters (SQS CreateQueue)."""
    return fitted(scope.studio, purpose, scope.stack, limit=80)


def queue_arn(scope: Scope, purpose: str) -> str:
    """ARN of `queue`."""
    name = queue(scope, purpose)
    return f"arn:{scope.partition}:sqs:{scope.region}:{scope.account_id}:{name}"


def repository(scope: Scope, purpose: str) -> str:
    """ECR repository: at most 256 characters (ECR CreateRepository)."""
    return f"{scope.studio}/{scope.stack}/{purpose}"


def parameter(scope: Scope, purpose: str) -> str:
    """SSM parameter: at most 1,011 characters with its path (Systems Manager PutParameter)."""
    return f"/{scope.studio}/{scope.stack}/{purpose}"


def label(scope: Scope, purpose: str, *, limit: int = 63) -> str:
    """A name for anything else: `limit` is the service's longest name, in characters."""
    return fitted(scope.studio, purpose, scope.stack, limit=limit)


def repository_arn(scope: Scope, purpose: str) -> str:
    """ARN of `repository`."""
    name = repository(scope, purpose)
    return f"arn:{scope.partition}:ecr:{scope.region}:{scope.account_id}:repository/{name}"


def parameter_arn(scope: Scope, purpose: str) -> str:
    """ARN of `parameter`; the leading slash of the name is the ARN's own separator."""
    name = parameter(scope, purpose)
    return f"arn:{scope.partition}:ssm:{scope.region}:{scope.account_id}:parameter{name}"


def cluster(scope: Scope) -> str:
    """ECS cluster, one for each cell: at most 255 characters (ECS CreateCluster)."""
    return label(scope, "runtimes")


def insights_log_group(scope: Scope) -> str:
    """Log group to which Container Insights writes: its name is fixed (CloudWatch User Guide)."""
    return f"/aws/ecs/containerinsights/{cluster(scope)}/performance"


def insights_log_group_arn(scope: Scope) -> str:
    """ARN of `insights_log_group`, without the trailing `:*`."""
    name = insights_log_group(scope)
    return f"arn:{scope.partition}:logs:{scope.region}:{scope.account_id}:log-group:{name}"
