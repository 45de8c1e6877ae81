# One name for two regions: the primary's as long as its gateways are ready, else the standby's.

locals {
  doors = { PRIMARY = var.primary, SECONDARY = var.standby }
}

# Asked from several continents every ten seconds; three misses and the name points to the other region.
resource "aws_route53_health_check" "door" {
  for_each          = local.doors
  type              = "HTTPS"
  fqdn              = each.value.name
  port              = 443
  resource_path     = "/ready"
  enable_sni        = true
  request_interval  = 10
  failure_threshold = 3
  measure_latency   = true
  tags              = { Name = "${var.name}-${lower(each.key)}" }
}

resource "aws_route53_record" "door" {
  for_each        = local.doors
  zone_id         = var.zone_id
  name            = var.domain
  type            = "A"
  set_identifier  = lower(each.key)
  health_check_id = aws_route53_health_check.door[each.key].id

  failover_routing_policy {
    type = each.key
  }

  alias {
    name                   = each.value.name
    zone_id                = each.value.zone_id
    evaluate_target_health = true
  }
}

resource "aws_cloudwatch_metric_alarm" "door" {
  for_each            = local.doors
  provider            = aws.us_east_1
  alarm_name          = "${var.name}-${lower(each.key)}-down"
  alarm_description   = "Gateways of the ${lower(each.key)} region are not ready. See docs/runbooks."
  namespace           = "AWS/Route53"
  metric_name         = "HealthCheckStatus"
  dimensions          = { HealthCheckId = aws_route53_health_check.door[each.key].id }
  statistic           = "Minimum"
  period              = 60
  evaluation_periods  = 2
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = var.alarm_topic_arns
}
