# What the emulator's mends must get through: apply, an empty second plan, destroy.
resource "aws_vpc" "v" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
  tags                 = { Name = "v" }
}
resource "aws_subnet" "fw" {
  vpc_id            = aws_vpc.v.id
  cidr_block        = "10.0.1.0/24"
  availability_zone = "eu-west-1a"
  tags              = { Name = "fw" }
}
resource "aws_subnet" "p" {
  vpc_id            = aws_vpc.v.id
  cidr_block        = "10.0.2.0/24"
  availability_zone = "eu-west-1b"
  tags              = { Name = "p" }
}
resource "aws_networkfirewall_rule_group" "names" {
  capacity = 100
  name     = "names"
  type     = "STATEFUL"
  rule_group {
    rule_variables {
      ip_sets {
        key = "HOME_NET"
        ip_set { definition = ["10.0.0.0/16"] }
      }
    }
    rules_source {
      rules_source_list {
        generated_rules_type = "ALLOWLIST"
        target_types         = ["TLS_SNI", "HTTP_HOST"]
        targets              = ["api.github.com"]
      }
    }
    stateful_rule_options { rule_order = "STRICT_ORDER" }
  }
  encryption_configuration {
    key_id = aws_kms_key.k.arn
    type   = "CUSTOMER_KMS"
  }
  tags = { Name = "names" }
}
resource "aws_networkfirewall_rule_group" "suricata" {
  capacity = 100
  name     = "suricata"
  type     = "STATEFUL"
  rules    = "drop tls any any -> any any (msg:\"no\"; sid:1;)"
  tags     = { Name = "suricata" }
}
resource "aws_networkfirewall_rule_group" "src" {
  capacity = 100
  name     = "src"
  type     = "STATEFUL"
  rule_group {
    rules_source {
      rules_string = "pass tls $HOME_NET any -> any 443 (tls.sni; content:\"api.github.com\"; sid:1;)"
    }
    stateful_rule_options { rule_order = "STRICT_ORDER" }
  }
  tags = { Name = "src" }
}
resource "aws_kms_key" "k" {
  description             = "k"
  enable_key_rotation     = true
  rotation_period_in_days = 90
  deletion_window_in_days = 7
  policy                  = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = "Root", Effect = "Allow", Principal = { AWS = "arn:aws:iam::222222222222:root" }, Action = "kms:*", Resource = "*" }] })
  tags                    = { Name = "k" }
}
resource "aws_networkfirewall_firewall_policy" "p" {
  name = "p"
  firewall_policy {
    stateless_default_actions          = ["aws:forward_to_sfe"]
    stateless_fragment_default_actions = ["aws:forward_to_sfe"]
    stateful_default_actions           = ["aws:drop_established", "aws:alert_established"]
    stateful_engine_options {
      rule_order              = "STRICT_ORDER"
      stream_exception_policy = "DROP"
    }
    stateful_rule_group_reference {
      resource_arn = aws_networkfirewall_rule_group.names.arn
      priority     = 1
    }
  }
  encryption_configuration {
    key_id = aws_kms_key.k.arn
    type   = "CUSTOMER_KMS"
  }
  tags = { Name = "p" }
}
resource "aws_networkfirewall_firewall" "f" {
  name                = "f"
  firewall_policy_arn = aws_networkfirewall_firewall_policy.p.arn
  vpc_id              = aws_vpc.v.id
  subnet_mapping { subnet_id = aws_subnet.fw.id }
  encryption_configuration {
    key_id = aws_kms_key.k.arn
    type   = "CUSTOMER_KMS"
  }
  tags = { Name = "f" }
}
resource "aws_cloudwatch_log_group" "g" {
  name              = "/g"
  retention_in_days = 30
  tags              = { Name = "g" }
}
resource "aws_networkfirewall_logging_configuration" "l" {
  firewall_arn = aws_networkfirewall_firewall.f.arn
  logging_configuration {
    log_destination_config {
      log_destination      = { logGroup = aws_cloudwatch_log_group.g.name }
      log_destination_type = "CloudWatchLogs"
      log_type             = "ALERT"
    }
    log_destination_config {
      log_destination      = { logGroup = aws_cloudwatch_log_group.g.name }
      log_destination_type = "CloudWatchLogs"
      log_type             = "FLOW"
    }
  }
}
resource "aws_route_table" "p" {
  vpc_id = aws_vpc.v.id
  route {
    cidr_block      = "0.0.0.0/0"
    vpc_endpoint_id = one([for s in aws_networkfirewall_firewall.f.firewall_status[0].sync_states : s.attachment[0].endpoint_id])
  }
  tags = { Name = "p" }
}
resource "aws_vpc" "b" {
  cidr_block           = "10.1.0.0/16"
  enable_dns_hostnames = true
  tags                 = { Name = "b" }
}
resource "aws_default_security_group" "b" {
  vpc_id = aws_vpc.b.id
  tags   = { Name = "bd" }
}
resource "aws_route53_resolver_firewall_domain_list" "d" {
  name    = "d"
  domains = ["api.github.com.", "*.amazonaws.com."]
  tags    = { Name = "d" }
}
resource "aws_route53_resolver_firewall_domain_list" "all" {
  name    = "all"
  domains = ["*."]
  tags    = { Name = "all" }
}
resource "aws_route53_resolver_firewall_rule_group" "g" {
  name = "g"
  tags = { Name = "g" }
}
resource "aws_route53_resolver_firewall_rule" "r" {
  name                    = "r"
  action                  = "ALLOW"
  firewall_domain_list_id = aws_route53_resolver_firewall_domain_list.d.id
  firewall_rule_group_id  = aws_route53_resolver_firewall_rule_group.g.id
  priority                = 100
}
resource "aws_route53_resolver_firewall_rule" "block" {
  name                    = "block"
  action                  = "BLOCK"
  block_response          = "NXDOMAIN"
  firewall_domain_list_id = aws_route53_resolver_firewall_domain_list.all.id
  firewall_rule_group_id  = aws_route53_resolver_firewall_rule_group.g.id
  priority                = 200
}
resource "aws_route53_resolver_firewall_rule_group_association" "a" {
  name                   = "a"
  firewall_rule_group_id = aws_route53_resolver_firewall_rule_group.g.id
  priority               = 101
  vpc_id                 = aws_vpc.b.id
  tags                   = { Name = "a" }
}
resource "aws_route53_resolver_firewall_config" "c" {
  resource_id        = aws_vpc.b.id
  firewall_fail_open = "DISABLED"
}
resource "aws_route53_resolver_query_log_config" "q" {
  name            = "q"
  destination_arn = aws_cloudwatch_log_group.b.arn
  tags            = { Name = "q" }
}
resource "aws_route53_resolver_query_log_config_association" "q" {
  resolver_query_log_config_id = aws_route53_resolver_query_log_config.q.id
  resource_id                  = aws_vpc.b.id
}
resource "aws_cloudwatch_log_group" "b" {
  name              = "/b"
  retention_in_days = 365
  kms_key_id        = aws_kms_key.b.arn
  tags              = { Name = "b" }
}
resource "aws_kms_key" "b" {
  description             = "b"
  enable_key_rotation     = true
  rotation_period_in_days = 90
  deletion_window_in_days = 30
  policy                  = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = "Root", Effect = "Allow", Principal = { AWS = "arn:aws:iam::222222222222:root" }, Action = "kms:*", Resource = "*" }, { Sid = "X", Effect = "Allow", Principal = { AWS = "arn:aws:iam::111111111111:role/acme-core" }, Action = ["kms:Encrypt", "kms:Decrypt"], Resource = "*" }, { Sid = "S", Effect = "Allow", Principal = { Service = ["logs.eu-west-1.amazonaws.com"] }, Action = ["kms:Encrypt", "kms:Decrypt"], Resource = "*", Condition = { ArnLike = { "kms:EncryptionContext:aws:logs:arn" = "arn:aws:logs:eu-west-1:222222222222:log-group:/b" } } }] })
  tags                    = { Name = "b" }
}
resource "aws_kms_key" "sign" {
  description              = "sign"
  customer_master_key_spec = "ECC_NIST_P256"
  key_usage                = "SIGN_VERIFY"
  deletion_window_in_days  = 30
  tags                     = { Name = "sign" }
}
resource "aws_kms_alias" "b" {
  name          = "alias/acme/b"
  target_key_id = aws_kms_key.b.key_id
}
resource "aws_security_group" "one" {
  name        = "one"
  description = "one"
  vpc_id      = aws_vpc.b.id
  tags        = { Name = "one" }
}
resource "aws_security_group" "two" {
  name        = "two"
  description = "two"
  vpc_id      = aws_vpc.b.id
  ingress {
    description     = "from one"
    from_port       = 443
    to_port         = 443
    protocol        = "tcp"
    security_groups = [aws_security_group.one.id]
  }
  ingress {
    description = "from self"
    from_port   = 444
    to_port     = 444
    protocol    = "tcp"
    self        = true
  }
  egress {
    description = "to cidr"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.1.0.0/16"]
  }
  tags = { Name = "two" }
}
resource "aws_vpc_security_group_ingress_rule" "i" {
  security_group_id            = aws_security_group.one.id
  referenced_security_group_id = aws_security_group.two.id
  description                  = "from two"
  from_port                    = 443
  to_port                      = 443
  ip_protocol                  = "tcp"
  tags                         = { Name = "i" }
}
resource "aws_vpc_security_group_egress_rule" "e" {
  security_group_id = aws_security_group.one.id
  cidr_ipv4         = "10.1.0.0/16"
  description       = "out"
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"
  tags              = { Name = "e" }
}
data "aws_ec2_managed_prefix_list" "s3" { name = "com.amazonaws.eu-west-1.s3" }
resource "aws_vpc_security_group_egress_rule" "pl" {
  security_group_id = aws_security_group.one.id
  prefix_list_id    = data.aws_ec2_managed_prefix_list.s3.id
  description       = "s3"
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"
  tags              = { Name = "pl" }
}
resource "aws_accessanalyzer_analyzer" "x" {
  analyzer_name = "x"
  type          = "ACCOUNT"
  tags          = { Name = "x" }
}
resource "aws_s3_account_public_access_block" "p" {
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
resource "aws_sqs_queue" "dlq" {
  name                      = "dlq"
  kms_master_key_id         = aws_kms_key.b.arn
  message_retention_seconds = 1209600
  tags                      = { Name = "dlq" }
}
resource "aws_sqs_queue" "q" {
  name                              = "q"
  kms_master_key_id                 = aws_kms_key.b.arn
  kms_data_key_reuse_period_seconds = 300
  visibility_timeout_seconds        = 900
  redrive_policy                    = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dlq.arn, maxReceiveCount = 5 })
  tags                              = { Name = "q" }
}
resource "aws_budgets_budget" "b" {
  name         = "b"
  budget_type  = "COST"
  limit_amount = "4000"
  limit_unit   = "USD"
  time_unit    = "MONTHLY"
  cost_filter {
    name   = "TagKeyValue"
    values = ["user:studio:cell$x"]
  }
  notification {
    comparison_operator       = "GREATER_THAN"
    threshold                 = 80
    threshold_type            = "PERCENTAGE"
    notification_type         = "ACTUAL"
    subscriber_sns_topic_arns = [aws_sns_topic.t.arn]
  }
  notification {
    comparison_operator        = "GREATER_THAN"
    threshold                  = 100
    threshold_type             = "PERCENTAGE"
    notification_type          = "FORECASTED"
    subscriber_email_addresses = ["a@b.example"]
  }
  tags = { Name = "b" }
}
resource "aws_sns_topic" "t" {
  name              = "t"
  kms_master_key_id = aws_kms_key.b.arn
  tags              = { Name = "t" }
}
resource "aws_sns_topic_policy" "t" {
  arn    = aws_sns_topic.t.arn
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = "A", Effect = "Allow", Principal = { Service = "cloudwatch.amazonaws.com" }, Action = "sns:Publish", Resource = aws_sns_topic.t.arn }] })
}
resource "aws_ssm_parameter" "p" {
  name   = "/acme/p"
  type   = "SecureString"
  value  = "0"
  key_id = aws_kms_key.b.arn
  tags   = { Name = "p" }
  lifecycle { ignore_changes = [value] }
}
resource "aws_ssm_parameter" "s" {
  name  = "/acme/s"
  type  = "String"
  value = "0"
  tier  = "Standard"
  tags  = { Name = "s" }
}
resource "aws_ebs_encryption_by_default" "e" { enabled = true }
resource "aws_ebs_default_kms_key" "e" { key_arn = aws_kms_key.b.arn }
resource "aws_iam_account_password_policy" "p" {
  minimum_password_length      = 14
  require_lowercase_characters = true
  require_uppercase_characters = true
  require_numbers              = true
  require_symbols              = true
  password_reuse_prevention    = 24
  max_password_age             = 90
}
resource "aws_iam_openid_connect_provider" "o" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
  tags           = { Name = "o" }
}

resource "aws_acm_certificate" "c" {
  domain_name       = "studio.acme.example"
  key_algorithm     = "EC_prime256v1"
  validation_method = "DNS"
  tags              = { Name = "c" }
}
resource "aws_ebs_snapshot_block_public_access" "s" {
  state = "block-all-sharing"
}
resource "aws_ec2_instance_metadata_defaults" "m" {
  http_tokens                 = "required"
  http_put_response_hop_limit = 1
}
resource "aws_db_parameter_group" "p" {
  name   = "p"
  family = "postgres17"
  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }
  tags = { Name = "p" }
}
resource "aws_ecs_cluster" "c" {
  name = "c"
  tags = { Name = "c" }
}
resource "aws_ecs_task_definition" "t" {
  family                   = "t"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  container_definitions    = jsonencode([{ name = "a", image = "a:1", essential = true }])
  tags                     = { Name = "t" }
}
resource "aws_ecs_service" "s" {
  name                          = "s"
  cluster                       = aws_ecs_cluster.c.id
  task_definition               = aws_ecs_task_definition.t.arn
  launch_type                   = "FARGATE"
  desired_count                 = 0
  availability_zone_rebalancing = "ENABLED"
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
  network_configuration {
    subnets         = [aws_subnet.p.id]
    security_groups = [aws_security_group.one.id]
  }
  tags = { Name = "s" }
}
resource "aws_appautoscaling_target" "t" {
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${aws_ecs_cluster.c.name}/${aws_ecs_service.s.name}"
  min_capacity       = 0
  max_capacity       = 10
  tags               = { Name = "t" }
}
resource "aws_s3_bucket" "b" {
  bucket = "mended-b"
  tags   = { Name = "b" }
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = "Tls", Effect = "Deny", Principal = "*", Action = "s3:*", Resource = [aws_s3_bucket.b.arn, "${aws_s3_bucket.b.arn}/*"], Condition = { Bool = { "aws:SecureTransport" = "false" } } }] })
}
resource "aws_s3_object" "o" {
  bucket  = aws_s3_bucket_policy.b.bucket
  key     = "o"
  content = "read under a policy that asks for TLS"
  tags    = { Name = "o" }
}
