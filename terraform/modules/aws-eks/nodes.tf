# Nodes: `general` for everything, `gpu` for pools of inference that ask for one. A GPU node is tainted: what does not
# ask for a GPU never lands on it.

data "aws_iam_policy_document" "node_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "node" {
  name               = "${var.name}-node"
  assume_role_policy = data.aws_iam_policy_document.node_trust.json
}

# Pods have roles of their own (roles.tf); a node may join the cluster and pull images, no more.
resource "aws_iam_role_policy_attachment" "node" {
  for_each   = toset(["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"])
  role       = aws_iam_role.node.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/${each.value}"
}

locals {
  node_groups = {
    general = merge(var.general_nodes, { ami_type = "AL2023_x86_64_STANDARD", disk_gib = 50, labels = {}, gpu = false })
    gpu = merge(var.gpu_nodes, {
      ami_type = "AL2023_x86_64_NVIDIA"
      disk_gib = 100
      labels   = { "sillage.dev/accelerator" = "nvidia" }
      gpu      = true
    })
  }
}

resource "aws_launch_template" "node" {
  for_each    = local.node_groups
  name_prefix = "${var.name}-${each.key}-"

  # One hop: pods do not reach the node's credentials.
  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      volume_type           = "gp3"
      volume_size           = each.value.disk_gib
      encrypted             = true
      kms_key_id            = var.kms_key_arn
      delete_on_termination = true
    }
  }

  monitoring {
    enabled = true
  }

  tag_specifications {
    resource_type = "instance"
    tags          = { Name = "${var.name}-${each.key}" }
  }
}

resource "aws_eks_node_group" "this" {
  for_each        = local.node_groups
  cluster_name    = aws_eks_cluster.this.name
  node_group_name = each.key
  node_role_arn   = aws_iam_role.node.arn
  subnet_ids      = var.subnet_ids
  ami_type        = each.value.ami_type
  instance_types  = each.value.instance_types
  capacity_type   = each.value.capacity_type
  labels          = merge({ "sillage.dev/nodes" = each.key }, each.value.labels)

  scaling_config {
    min_size     = each.value.min
    desired_size = each.value.min
    max_size     = each.value.max
  }

  update_config {
    max_unavailable = 1
  }

  node_repair_config {
    enabled = true
  }

  launch_template {
    id      = aws_launch_template.node[each.key].id
    version = aws_launch_template.node[each.key].latest_version
  }

  dynamic "taint" {
    for_each = each.value.gpu ? [1] : []
    content {
      key    = "nvidia.com/gpu"
      value  = "present"
      effect = "NO_SCHEDULE"
    }
  }

  lifecycle {
    # The cluster autoscaler's.
    ignore_changes = [scaling_config[0].desired_size]
  }

  depends_on = [aws_iam_role_policy_attachment.node, aws_eks_addon.early]
}

locals {
  # So that the autoscaler knows, of a group without a single node, what its nodes would be like.
  gpu_hints = {
    "k8s.io/cluster-autoscaler/node-template/label/sillage.dev/accelerator" = "nvidia"
    "k8s.io/cluster-autoscaler/node-template/label/sillage.dev/nodes"       = "gpu"
    "k8s.io/cluster-autoscaler/node-template/taint/nvidia.com/gpu"          = "present:NoSchedule"
    "k8s.io/cluster-autoscaler/node-template/resources/nvidia.com/gpu"      = "1"
  }
}

resource "aws_autoscaling_group_tag" "gpu_hints" {
  for_each               = local.gpu_hints
  autoscaling_group_name = aws_eks_node_group.this["gpu"].resources[0].autoscaling_groups[0].name

  tag {
    key                 = each.key
    value               = each.value
    propagate_at_launch = false
  }
}
