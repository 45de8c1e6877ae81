# The network, the key and the public door.

mock_provider "aws" {
  source = "./mocks"
}

variables {
  name        = "sillage-production"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/one"
}

run "network" {
  command = plan
  module {
    source = "../../modules/aws-network"
  }

  assert {
    condition     = length(aws_subnet.private) == 3 && length(aws_subnet.data) == 3 && length(aws_nat_gateway.this) == 3
    error_message = "Three zones, each with its own way out."
  }
  assert {
    condition     = alltrue([for s in concat(values(aws_subnet.public), values(aws_subnet.private), values(aws_subnet.data)) : s.map_public_ip_on_launch != true])
    error_message = "No subnet may hand out public addresses by itself."
  }
  assert {
    condition     = length(aws_route_table.data.route) == 0
    error_message = "Stores must have no route out of the network."
  }
  assert {
    condition     = length(distinct(concat([for s in aws_subnet.public : s.cidr_block], [for s in aws_subnet.private : s.cidr_block], [for s in aws_subnet.data : s.cidr_block]))) == 9
    error_message = "Subnets must not overlap."
  }
  assert {
    condition     = aws_flow_log.this.traffic_type == "ALL" && aws_cloudwatch_log_group.flow.kms_key_id == var.kms_key_arn
    error_message = "All traffic is logged, under our key."
  }
}

run "one_nat_gateway" {
  command = plan
  module {
    source = "../../modules/aws-network"
  }
  variables {
    single_nat_gateway = true
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 1 && length(aws_route_table.private) == 3
    error_message = "One gateway serves all zones."
  }
}

run "wrong_cidr_is_refused" {
  command = plan
  module {
    source = "../../modules/aws-network"
  }
  variables {
    cidr = "10.40.0.0/24"
  }
  expect_failures = [var.cidr]
}

run "key" {
  command = plan
  module {
    source = "../../modules/aws-key"
  }

  assert {
    condition     = aws_kms_key.this.enable_key_rotation && aws_kms_key.this.deletion_window_in_days == 30
    error_message = "The key must rotate, and its deletion take a month."
  }
}

run "door" {
  command = plan
  module {
    source = "../../modules/aws-alb"
  }
  variables {
    vpc_id                   = "vpc-1"
    subnet_ids               = ["subnet-1", "subnet-2"]
    target_security_group_id = "sg-nodes"
    gateway_port             = 8080
    domain                   = "api.example.org"
    zone_id                  = "Z1"
  }

  assert {
    condition     = aws_lb_listener.https.protocol == "HTTPS" && strcontains(aws_lb_listener.https.ssl_policy, "TLS13-1-2")
    error_message = "The door speaks TLS 1.2 or newer, and nothing else."
  }
  assert {
    condition     = alltrue([for r in aws_vpc_security_group_ingress_rule.https : r.from_port == 443 && r.to_port == 443])
    error_message = "Only 443 is open to the world."
  }
  assert {
    condition     = aws_lb.this.enable_deletion_protection && aws_lb.this.drop_invalid_header_fields
    error_message = "The load balancer must be protected and strict."
  }
  assert {
    condition     = aws_lb_target_group.gateway.health_check[0].path == "/ready" && aws_lb_target_group.gateway.target_type == "ip"
    error_message = "Targets are pods or tasks, asked whether they are ready."
  }
  assert {
    condition     = contains([for r in aws_wafv2_web_acl.this.rule : r.name], "flood")
    error_message = "Floods from one address must be stopped at the door."
  }
}
