# One name, two regions.

mock_provider "aws" {
  source = "./mocks"
}

mock_provider "aws" {
  alias  = "us_east_1"
  source = "./mocks"
}

run "failover" {
  command = apply
  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }
  module {
    source = "../../modules/aws-failover"
  }
  variables {
    name    = "sillage-production"
    domain  = "api.example.org"
    zone_id = "Z1"
    primary = { name = "one.eu-west-1.elb.amazonaws.com", zone_id = "Z2" }
    standby = { name = "two.eu-central-1.elb.amazonaws.com", zone_id = "Z3" }
  }

  assert {
    condition = (
      aws_route53_record.door["PRIMARY"].failover_routing_policy[0].type == "PRIMARY"
      && aws_route53_record.door["SECONDARY"].failover_routing_policy[0].type == "SECONDARY"
      && aws_route53_record.door["PRIMARY"].name == aws_route53_record.door["SECONDARY"].name
    )
    error_message = "One name with a primary and a secondary answer."
  }
  assert {
    condition     = aws_route53_record.door["PRIMARY"].alias[0].name != aws_route53_record.door["SECONDARY"].alias[0].name
    error_message = "The answers are different load balancers."
  }
  assert {
    condition     = alltrue([for key, r in aws_route53_record.door : r.health_check_id == aws_route53_health_check.door[key].id])
    error_message = "Each answer has a health check of its own."
  }
  assert {
    condition     = alltrue([for c in aws_route53_health_check.door : c.type == "HTTPS" && c.resource_path == "/ready" && c.failure_threshold * c.request_interval <= 30])
    error_message = "A region whose gateways are not ready is left within half a minute of checks."
  }
  assert {
    condition     = alltrue([for a in aws_cloudwatch_metric_alarm.door : a.treat_missing_data == "breaching"])
    error_message = "No news of a region is bad news."
  }
}
