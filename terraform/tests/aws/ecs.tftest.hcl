# The fleet on Fargate: private tasks, one security group rule per edge, roles per service, bounds of autoscaling.

mock_provider "aws" {
  source = "./mocks"
}

variables {
  name                     = "sillage-production"
  vpc_id                   = "vpc-1"
  subnet_ids               = ["subnet-1", "subnet-2"]
  data_cidrs               = ["10.40.128.0/20"]
  kms_key_arn              = "arn:aws:kms:eu-west-1:111122223333:key/one"
  image_registry           = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/sillage-production"
  image_tag                = "1.2.3"
  repository_arns          = { for s in ["auth", "gateway", "inference", "sensors", "worker"] : s => "arn:aws:ecr:eu-west-1:111122223333:repository/${s}" }
  bucket                   = "results"
  storage_policy           = "{}"
  target_group_arn         = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/one/1"
  target_group_arn_suffix  = "targetgroup/one/1"
  load_balancer_arn_suffix = "app/one/1"
  secret_arns = {
    database-url   = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:database-url"
    redis-url      = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:redis-url"
    encryption-key = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:encryption-key"
  }
}

run "fleet" {
  command = plan
  module {
    source = "../../modules/aws-ecs"
  }

  assert {
    condition     = keys(aws_ecs_service.service) == ["auth", "gateway", "inference", "sensors", "worker"]
    error_message = "All five services run."
  }
  assert {
    condition     = alltrue([for s in aws_ecs_service.service : !s.network_configuration[0].assign_public_ip])
    error_message = "No task has a public address."
  }
  assert {
    condition     = alltrue([for s in aws_ecs_service.service : s.deployment_circuit_breaker[0].rollback && s.deployment_minimum_healthy_percent == 100])
    error_message = "A version that does not become healthy is taken back, and the old one serves until then."
  }
  assert {
    condition     = [for name, s in aws_ecs_service.service : name if length(s.load_balancer) > 0] == ["gateway"]
    error_message = "Only the gateway stands behind the public door."
  }
  assert {
    condition     = [for name, s in aws_ecs_service.service : name if anytrue([for c in s.capacity_provider_strategy : c.capacity_provider == "FARGATE_SPOT"])] == ["worker"]
    error_message = "Only chunks of jobs may be interrupted."
  }

  assert {
    condition     = keys(aws_vpc_security_group_ingress_rule.call) == ["gateway-auth", "gateway-inference", "gateway-sensors", "sensors-inference", "worker-inference"]
    error_message = "Services reach each other as the list of edges says, and not otherwise."
  }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.call["gateway-auth"].from_port == 50051 && aws_vpc_security_group_ingress_rule.call["worker-inference"].from_port == 50052
    error_message = "On the ports of the list of edges."
  }
  assert {
    condition     = !contains(keys(aws_vpc_security_group_egress_rule.store), "inference-postgres-0") && contains(keys(aws_vpc_security_group_egress_rule.store), "inference-redis-0")
    error_message = "Inference has no business with Postgres."
  }

  assert {
    condition     = keys(aws_iam_role_policy.storage) == ["gateway", "worker"]
    error_message = "Only services that keep results may touch the bucket."
  }
  assert {
    condition     = one([for s in data.aws_iam_policy_document.execution["inference"].statement : s.resources if s.sid == "Secrets"]) == toset([var.secret_arns["redis-url"]])
    error_message = "Inference is given the cache's address and nothing else."
  }
  assert {
    condition     = one([for s in data.aws_iam_policy_document.execution["sensors"].statement : s.resources if s.sid == "Secrets"]) == toset([var.secret_arns["database-url"]])
    error_message = "Sensors is given the database's address and nothing else."
  }
  assert {
    condition = alltrue(flatten([for d in data.aws_iam_policy_document.execution : [for s in d.statement :
      !contains(s.resources, "*") || s.sid == "RegistryLogin" if s.sid != "Logs"
    ]]))
    error_message = "Nothing but logging in to the registry may name all resources."
  }

  assert {
    condition     = alltrue([for name, t in aws_appautoscaling_target.service : t.min_capacity >= (name == "worker" ? 1 : 2) && t.max_capacity > t.min_capacity && t.max_capacity <= 10])
    error_message = "Two tasks of what answers requests at least, and never more than ten of anything."
  }
  assert {
    condition     = keys(aws_appautoscaling_policy.cpu) == keys(aws_ecs_service.service)
    error_message = "Every service scales."
  }
  assert {
    condition = alltrue([for p in aws_appautoscaling_policy.cpu :
      p.target_tracking_scaling_policy_configuration[0].scale_in_cooldown > p.target_tracking_scaling_policy_configuration[0].scale_out_cooldown
    ])
    error_message = "Quickly out, slowly in."
  }
}

run "latest_is_refused" {
  command = plan
  module {
    source = "../../modules/aws-ecs"
  }
  variables {
    image_tag = "latest"
  }
  expect_failures = [var.image_tag]
}

run "unbounded_sizes_are_refused" {
  command = plan
  module {
    source = "../../modules/aws-ecs"
  }
  variables {
    sizes = { auth = { cpu = 256, memory = 512, min = 3, max = 2 } }
  }
  expect_failures = [var.sizes]
}

run "region" {
  command = plan
  module {
    source = "../../modules/aws-ecs-region"
  }
  variables {
    production                = true
    domain                    = "api.example.org"
    zone_id                   = "Z1"
    database_password         = "not-a-password"
    encryption_key_secret_arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:encryption-key"
  }

  assert {
    condition     = alltrue([for r in aws_ecr_repository.service : r.image_tag_mutability == "IMMUTABLE" && r.image_scanning_configuration[0].scan_on_push])
    error_message = "A tag means one image for ever, and each image is scanned."
  }
}
