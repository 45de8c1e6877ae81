# The cluster: a private API, encrypted secrets and disks, tainted GPU nodes, roles that can do one thing.

mock_provider "aws" {
  source = "./mocks"
}

variables {
  name             = "sillage-production"
  subnet_ids       = ["subnet-1", "subnet-2", "subnet-3"]
  kms_key_arn      = "arn:aws:kms:eu-west-1:111122223333:key/one"
  admin_role_arns  = ["arn:aws:iam::111122223333:role/operators"]
  storage_policy   = "{}"
  target_group_arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/one/1"
  secret_arns = {
    database-url = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:one"
  }
}

run "cluster" {
  command = plan
  module {
    source = "../../modules/aws-eks"
  }

  assert {
    condition     = aws_eks_cluster.this.vpc_config[0].endpoint_private_access && !aws_eks_cluster.this.vpc_config[0].endpoint_public_access
    error_message = "By default the Kubernetes API is reached from the network alone."
  }
  assert {
    condition     = aws_eks_cluster.this.encryption_config[0].provider[0].key_arn == var.kms_key_arn && contains(aws_eks_cluster.this.encryption_config[0].resources, "secrets")
    error_message = "Kubernetes secrets must be sealed with our key."
  }
  assert {
    condition     = length(setsubtract(["api", "audit", "authenticator", "controllerManager", "scheduler"], aws_eks_cluster.this.enabled_cluster_log_types)) == 0
    error_message = "Every log of the control plane is kept."
  }
  assert {
    condition     = aws_eks_cluster.this.access_config[0].authentication_mode == "API" && !aws_eks_cluster.this.access_config[0].bootstrap_cluster_creator_admin_permissions
    error_message = "Rights are entries that can be read, not a side effect of who ran Terraform."
  }
  assert {
    condition     = jsondecode(aws_eks_addon.early["vpc-cni"].configuration_values).enableNetworkPolicy == "true"
    error_message = "Without this the chart's network policies mean nothing."
  }

  assert {
    condition     = one(aws_eks_node_group.this["gpu"].taint).key == "nvidia.com/gpu" && one(aws_eks_node_group.this["gpu"].taint).effect == "NO_SCHEDULE"
    error_message = "What asks for no GPU must never land on a GPU node."
  }
  assert {
    condition     = length(aws_eks_node_group.this["general"].taint) == 0
    error_message = "General nodes take anything."
  }
  assert {
    condition     = aws_eks_node_group.this["gpu"].scaling_config[0].min_size == 0 && aws_eks_node_group.this["gpu"].ami_type == "AL2023_x86_64_NVIDIA"
    error_message = "GPU nodes cost nothing until a pool asks for one, and then have drivers."
  }
  assert {
    condition     = aws_autoscaling_group_tag.gpu_hints["k8s.io/cluster-autoscaler/node-template/taint/nvidia.com/gpu"].tag[0].value == "present:NoSchedule"
    error_message = "The autoscaler must know the taint of nodes that are not there yet."
  }
  assert {
    condition = alltrue([for t in aws_launch_template.node :
      t.block_device_mappings[0].ebs[0].encrypted == "true" && t.block_device_mappings[0].ebs[0].kms_key_id == var.kms_key_arn
      && t.metadata_options[0].http_tokens == "required" && t.metadata_options[0].http_put_response_hop_limit == 1
    ])
    error_message = "Disks are encrypted with our key, and pods cannot take the node's credentials."
  }
  assert {
    condition     = length(aws_iam_role_policy_attachment.node) == 2
    error_message = "Nodes join the cluster and pull images; pods have roles of their own."
  }

  assert {
    condition     = keys(output.service_role_arns) == ["gateway", "worker"]
    error_message = "Only services that keep results get a role; the list of edges says which."
  }
  assert {
    condition     = flatten(data.aws_iam_policy_document.external_secrets.statement[*].resources) == flatten([values(var.secret_arns), var.kms_key_arn])
    error_message = "The secrets operator reads Sillage's secrets and no other."
  }
  assert {
    condition = alltrue([for s in data.aws_iam_policy_document.load_balancer_controller.statement :
      !contains(s.resources, "*") || alltrue([for a in s.actions : strcontains(a, ":Describe")])
    ])
    error_message = "The load balancer controller changes one target group, and looks at the rest."
  }
  assert {
    condition = alltrue([for s in data.aws_iam_policy_document.cluster_autoscaler.statement :
      alltrue([for a in s.actions : strcontains(a, ":Describe") || strcontains(a, ":Get")]) || length(s.condition) == 1
    ])
    error_message = "The autoscaler resizes this cluster's groups alone."
  }
}

run "open_api_is_refused" {
  command = plan
  module {
    source = "../../modules/aws-eks"
  }
  variables {
    api_allowed_cidrs = ["0.0.0.0/0"]
  }
  expect_failures = [var.api_allowed_cidrs]
}

run "too_few_nodes_are_refused" {
  command = plan
  module {
    source = "../../modules/aws-eks"
  }
  variables {
    general_nodes = { min = 5, max = 2 }
  }
  expect_failures = [var.general_nodes]
}

run "irsa_trust" {
  command = plan
  module {
    source = "../../modules/aws-irsa"
  }
  variables {
    name              = "sillage-production-gateway"
    oidc_issuer       = "https://oidc.example/id/1"
    oidc_provider_arn = "arn:aws:iam::111122223333:oidc-provider/oidc.example/id/1"
    namespace         = "sillage"
    service_account   = "sillage-gateway"
    policies          = { storage = "{}" }
  }

  assert {
    condition = toset([for c in one(data.aws_iam_policy_document.trust.statement).condition : "${c.test} ${c.variable} ${one(c.values)}"]) == toset([
      "StringEquals oidc.example/id/1:sub system:serviceaccount:sillage:sillage-gateway",
      "StringEquals oidc.example/id/1:aud sts.amazonaws.com",
    ])
    error_message = "One service account takes the role, compared exactly."
  }
}

# All of a region together: what goes to Helm and kubectl.
run "region" {
  command = plan
  module {
    source = "../../modules/aws-eks-region"
  }
  variables {
    production                = true
    domain                    = "api.example.org"
    zone_id                   = "Z1"
    database_password         = "not-a-password"
    encryption_key_secret_arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:two"
  }

  assert {
    condition     = module.cluster.name == "sillage-production"
    error_message = "The cluster carries the installation's name."
  }
}
