"""Services that answer for all regions from one."""

GLOBAL_ACTIONS = (
    "access-analyzer:*",
    "aws-portal:*",
    "budgets:*",
    "ce:*",
    "cloudfront:*",
    "health:*",
    "iam:*",
    "organizations:*",
    "route53:*",
    "s3:GetAccountPublic*",
    "s3:ListAllMyBuckets",
    "s3:PutAccountPublic*",
    "shield:*",
    "sts:*",
    "support:*",
    "tag:*",
    "trustedadvisor:*",
)
"""Services whose endpoint lies in one region for all (AWS Organizations User Guide, example SCP
"Deny access to AWS based on the requested AWS Region")."""
