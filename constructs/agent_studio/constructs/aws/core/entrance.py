"""The way to the core service: an internal load balancer with TLS."""

from collections.abc import Sequence

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.acm_certificate import AcmCertificate
from cdktf_cdktf_provider_aws.acm_certificate_validation import AcmCertificateValidation
from cdktf_cdktf_provider_aws.lb import Lb, LbAccessLogs
from cdktf_cdktf_provider_aws.lb_listener import LbListener, LbListenerDefaultAction
from cdktf_cdktf_provider_aws.lb_target_group import LbTargetGroup, LbTargetGroupHealthCheck
from cdktf_cdktf_provider_aws.route53_record import Route53Record, Route53RecordAlias
from cdktf_cdktf_provider_aws.route53_zone import Route53Zone
from constructs import Construct

from agent_studio.constructs.aws.account.bucket import SealedBucket
from agent_studio.constructs.aws.core.groups import SecurityGroup
from agent_studio.constructs.aws.policy_document import statement
from agent_studio.constructs.aws.store.bucket import Bucket
from agent_studio.constructs.aws.tags import tags
from agent_studio.estate import Scope
from agent_studio.estate.names import aws as names

PORT = 48443
"""The port on which the core service speaks TLS to the load balancer. The network's access list
admits 443 and the ports from 32768 between its own subnets."""

_TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
"""TLS 1.3 and 1.2 with forward secrecy and authenticated encryption (ELB User Guide)."""

_ACCESS_LOG_DAYS = 365


class CoreEntrance(Construct):
    """An internal load balancer for the core's domain.

    Guarantee: it has no public address, admits the given address range alone, answers TLS 1.2 and
    1.3 on port 443 alone, logs its requests and talks TLS to the service behind it.

    The certificate is ACM's own and renews by itself: this block makes the
    public zone of the core's domain for it. The zone's name servers have to be entered in the
    parent domain once; until then the first apply waits for the certificate.

    Args:
        scope: the stack.
        id_: the construct's id.
        place: the core's place.
        domain: the core's domain.
        vpc_id: the core's VPC.
        subnet_ids: private subnets in two zones or more.
        admitted: address range whose hosts may connect.
        access_logs: where access to the log bucket is logged.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        place: Scope,
        domain: str,
        vpc_id: str,
        subnet_ids: Sequence[str],
        admitted: str,
        access_logs: Bucket,
    ) -> None:
        super().__init__(scope, id_)
        name = names.label(place, "core", limit=32)
        zone = Route53Zone(
            self,
            "zone",
            name=domain,
            comment=f"{place.studio}: the core's domain",
            force_destroy=False,
            tags=tags(domain),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        certificate_arn = self._certificate(domain, zone.zone_id)
        logs = self._logs(place, access_logs)
        self.security_group = SecurityGroup(
            self, "security-group", place=place, purpose="entrance", vpc_id=vpc_id
        )
        self.security_group.admit(
            "network", cidr=admitted, port=443, why="People and tools within the core's network"
        )
        balancer = Lb(
            self,
            "balancer",
            name=name,
            internal=True,
            load_balancer_type="application",
            subnets=list(subnet_ids),
            security_groups=[self.security_group.id],
            drop_invalid_header_fields=True,
            desync_mitigation_mode="strictest",
            enable_deletion_protection=True,
            access_logs=LbAccessLogs(bucket=logs.id, enabled=True),
            tags=tags(name),
            # The load balancer tests its access to the bucket when it is made.
            depends_on=[logs.policy],
        )
        target = LbTargetGroup(
            self,
            "target",
            name=name,
            port=PORT,
            protocol="HTTPS",
            target_type="ip",
            vpc_id=vpc_id,
            deregistration_delay="30",
            health_check=LbTargetGroupHealthCheck(
                protocol="HTTPS",
                path="/healthz",
                matcher="200",
                interval=15,
                timeout=5,
                healthy_threshold=2,
                unhealthy_threshold=3,
            ),
            tags=tags(name),
        )
        self.target_group_arn: str = target.arn
        """Where the service registers its tasks, a token."""
        self.listener = LbListener(
            self,
            "listener",
            load_balancer_arn=balancer.arn,
            port=443,
            protocol="HTTPS",
            ssl_policy=_TLS_POLICY,
            certificate_arn=certificate_arn,
            default_action=[LbListenerDefaultAction(type="forward", target_group_arn=target.arn)],
            tags=tags(name),
        )
        """What the service has to wait for."""
        Route53Record(
            self,
            "record",
            zone_id=zone.zone_id,
            name=domain,
            type="A",
            alias=Route53RecordAlias(
                name=balancer.dns_name, zone_id=balancer.zone_id, evaluate_target_health=False
            ),
        )

    def _certificate(self, domain: str, zone_id: str) -> str:
        certificate = AcmCertificate(
            self,
            "certificate",
            domain_name=domain,
            validation_method="DNS",
            key_algorithm="EC_prime256v1",
            tags=tags(domain),
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        # A set cannot be indexed, and the bindings know no other way to its only element.
        address = f"aws_acm_certificate.{certificate.friendly_unique_id}"
        option = f"tolist({address}.domain_validation_options)[0]"
        record = Route53Record(
            self,
            "validation-record",
            zone_id=zone_id,
            name=f"${{{option}.resource_record_name}}",
            type=f"${{{option}.resource_record_type}}",
            records=[f"${{{option}.resource_record_value}}"],
            ttl=300,
        )
        validation = AcmCertificateValidation(
            self,
            "validation",
            certificate_arn=certificate.arn,
            validation_record_fqdns=[record.fqdn],
        )
        return str(validation.certificate_arn)

    def _logs(self, place: Scope, access_logs: Bucket) -> SealedBucket:
        purpose = "entrance-logs"
        delivery = statement(
            "BalancerLogs",
            actions="s3:PutObject",
            resources=f"{names.bucket_arn(place, purpose)}/AWSLogs/{place.account_id}/*",
            principals={"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
            condition={"StringEquals": {"aws:SourceAccount": place.account_id}},
        )
        return SealedBucket(
            self,
            "logs",
            place=place,
            purpose=purpose,
            # Application load balancers deliver to buckets with S3's own keys alone (ELB User
            # Guide, "Access logs for your Application Load Balancer").
            key_arn=None,
            access_logs=access_logs,
            expire_days=_ACCESS_LOG_DAYS,
            statements=[delivery],
        )
