locals {
  log_options = {
    for name in keys(local.services) : name => {
      awslogs-group         = aws_cloudwatch_log_group.service[name].name
      awslogs-region        = data.aws_region.current.name
      awslogs-stream-prefix = name
    }
  }

  environment = {
    for name, service in local.services : name => merge(
      { ENVIRONMENT = "production", METRICS_PORT = tostring(service.ops_port) },
      # While the load balancer and the proxies forget a task, it goes on serving.
      { DRAIN_DELAY_MS = "15000", SHUTDOWN_TIMEOUT_MS = "90000" },
      { for to in service.calls : local.targets[to] => "${to}:${local.services[to].port}" },
      service.storage ? { RESULTS_S3_BUCKET = var.bucket, RESULTS_S3_REGION = data.aws_region.current.name } : {},
      name == "gateway" ? { TRUST_PROXY_HOPS = "1" } : {},
      name == "inference" ? { DEVICE = "cpu", MODEL_PATH = "/models" } : {},
      lookup(var.environment, name, {}),
    )
  }

  secrets = {
    for name, service in local.services : name => [
      for key in service.secrets : { name = module.facts.secret_variables[key], valueFrom = var.secret_arns[key] }
    ]
  }

  container = {
    for name, service in local.services : name => {
      image                  = "${var.image_registry}/${name}:${var.image_tag}"
      environment            = [for key, value in local.environment[name] : { name = key, value = value }]
      secrets                = local.secrets[name]
      user                   = "1000:1000"
      readonlyRootFilesystem = true
      linuxParameters        = { initProcessEnabled = true, capabilities = { drop = ["ALL"] } }
      mountPoints            = [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]
      logConfiguration       = { logDriver = "awslogs", options = local.log_options[name] }
    }
  }

  health = "fetch('http://127.0.0.1:9464/health/live').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"
}

resource "aws_ecs_task_definition" "service" {
  for_each                 = local.services
  family                   = "${var.name}-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = each.value.cpu
  memory                   = each.value.memory
  execution_role_arn       = aws_iam_role.execution[each.key].arn
  task_role_arn            = aws_iam_role.task[each.key].arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }

  volume {
    name = "tmp"
  }

  # Services with a schema bring it up to date as they start (MIGRATE_ON_START): one of them does it, the others wait.
  container_definitions = jsonencode([merge(local.container[each.key], {
    name        = each.key
    essential   = true
    stopTimeout = 120
    portMappings = each.value.port == null ? [] : [
      merge({ name = each.key, containerPort = each.value.port, protocol = "tcp" }, each.key == "gateway" ? {} : { appProtocol = "grpc" })
    ]
    healthCheck = {
      command     = ["CMD", "node", "-e", local.health]
      interval    = 10
      timeout     = 5
      retries     = 3
      startPeriod = 60
    }
  })])
}

# ---- roles: to start a task, its own secrets; while it runs, the bucket where it keeps results

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "execution" {
  for_each = local.services

  statement {
    sid       = "Images"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [var.repository_arns[each.key]]
  }

  # Knows no resources in IAM.
  statement {
    sid       = "RegistryLogin"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.service[each.key].arn}:*"]
  }

  dynamic "statement" {
    for_each = length(each.value.secrets) > 0 ? [1] : []
    content {
      sid       = "Secrets"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = [for key in each.value.secrets : var.secret_arns[key]]
    }
  }

  dynamic "statement" {
    for_each = length(each.value.secrets) > 0 ? [1] : []
    content {
      sid       = "Key"
      actions   = ["kms:Decrypt"]
      resources = [var.kms_key_arn]
    }
  }
}

resource "aws_iam_role" "execution" {
  for_each           = local.services
  name               = "${var.name}-${each.key}-start"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "execution" {
  for_each = local.services
  name     = "start"
  role     = aws_iam_role.execution[each.key].id
  policy   = data.aws_iam_policy_document.execution[each.key].json
}

resource "aws_iam_role" "task" {
  for_each           = local.services
  name               = "${var.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "storage" {
  for_each = { for name, service in local.services : name => service if service.storage }
  name     = "storage"
  role     = aws_iam_role.task[each.key].id
  policy   = var.storage_policy
}
