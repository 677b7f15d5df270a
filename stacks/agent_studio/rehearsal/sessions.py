"""boto3 sessions against the emulator, one for each account."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from agent_studio.rehearsal.emulator import Endpoint


@dataclass(frozen=True)
class Sessions:
    """Opens clients of the emulator under the role that may do anything in an account.

    Attributes:
        endpoint: where the emulator listens.
    """

    endpoint: Endpoint

    def client(self, service: str, *, account: str, region: str) -> Any:
        """A client of one service in one account and region.

        Args:
            service: boto3's name of the service.
            account: twelve digits.
            region: the region's name.
        """
        return _client(self.endpoint.url, service, account, region)


@cache
def _credentials(url: str, account: str) -> dict[str, str]:
    import boto3  # type: ignore[import-untyped]

    sts = boto3.client(
        "sts",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="rehearsal",
        aws_secret_access_key="rehearsal",  # noqa: S106 - the emulator's, and no secret
    )
    role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
    given = sts.assume_role(RoleArn=role, RoleSessionName="rehearsal")["Credentials"]
    return {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }


@cache
def _client(url: str, service: str, account: str, region: str) -> Any:
    import boto3

    return boto3.client(service, endpoint_url=url, region_name=region, **_credentials(url, account))
