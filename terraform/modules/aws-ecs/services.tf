resource "aws_ecs_service" "service" {
  for_each         = local.services
  name             = each.key
  cluster          = aws_ecs_cluster.this.id
  task_definition  = aws_ecs_task_definition.service[each.key].arn
  desired_count    = each.value.min
  platform_version = "1.4.0"
  propagate_tags   = "SERVICE"

  # New tasks are healthy before old ones leave; a version that does not become so is taken back.
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = each.key == "gateway" ? 60 : null
  availability_zone_rebalancing      = "ENABLED"

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  # Only chunks of jobs may be interrupted: another worker takes them over.
  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    base              = each.value.min
    weight            = each.key == "worker" ? 0 : 1
  }

  dynamic "capacity_provider_strategy" {
    for_each = each.key == "worker" ? [1] : []
    content {
      capacity_provider = "FARGATE_SPOT"
      weight            = 1
    }
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [aws_security_group.service[each.key].id]
    assign_public_ip = false
  }

  dynamic "load_balancer" {
    for_each = each.key == "gateway" ? [var.target_group_arn] : []
    content {
      target_group_arn = load_balancer.value
      container_name   = "gateway"
      container_port   = each.value.port
    }
  }

  service_connect_configuration {
    enabled   = true
    namespace = aws_service_discovery_http_namespace.this.arn

    dynamic "service" {
      for_each = each.key == "gateway" || each.value.port == null ? [] : [each.value.port]
      content {
        port_name = each.key
        client_alias {
          dns_name = each.key
          port     = service.value
        }
        # Streams of a generation last minutes.
        timeout {
          idle_timeout_seconds        = 330
          per_request_timeout_seconds = 330
        }
      }
    }
  }

  lifecycle {
    # Autoscaling's.
    ignore_changes = [desired_count]
  }

  depends_on = [aws_iam_role_policy.execution, aws_ecs_cluster_capacity_providers.this]
}

# ---- autoscaling

resource "aws_appautoscaling_target" "service" {
  for_each           = local.services
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${aws_ecs_cluster.this.name}/${aws_ecs_service.service[each.key].name}"
  min_capacity       = each.value.min
  max_capacity       = each.value.max
}

resource "aws_appautoscaling_policy" "cpu" {
  for_each           = local.services
  name               = "cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.service[each.key].service_namespace
  scalable_dimension = aws_appautoscaling_target.service[each.key].scalable_dimension
  resource_id        = aws_appautoscaling_target.service[each.key].resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = 60
    scale_out_cooldown = 30
    # Slowly in: what was scaled out for is likely to come back.
    scale_in_cooldown = 300
    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

resource "aws_appautoscaling_policy" "requests" {
  name               = "requests"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.service["gateway"].service_namespace
  scalable_dimension = aws_appautoscaling_target.service["gateway"].scalable_dimension
  resource_id        = aws_appautoscaling_target.service["gateway"].resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = var.requests_per_minute_per_gateway
    scale_out_cooldown = 30
    scale_in_cooldown  = 300
    predefined_metric_specification {
      predefined_metric_type = "ALBRequestCountPerTarget"
      resource_label         = "${var.load_balancer_arn_suffix}/${var.target_group_arn_suffix}"
    }
  }
}
