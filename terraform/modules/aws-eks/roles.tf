# One role per service account. Services that keep results get the bucket; what runs beside the fleet gets what it
# needs there; everything else gets none.

data "aws_region" "current" {}
data "aws_caller_identity" "current" {}

module "facts" {
  source = "../sillage"
}

locals {
  oidc = {
    issuer   = aws_eks_cluster.this.identity[0].oidc[0].issuer
    provider = aws_iam_openid_connect_provider.this.arn
  }
}

module "service_role" {
  source   = "../aws-irsa"
  for_each = { for name, service in module.facts.services : name => service if service.storage }

  name              = "${var.name}-${each.key}"
  oidc_issuer       = local.oidc.issuer
  oidc_provider_arn = local.oidc.provider
  namespace         = var.namespace
  service_account   = "${var.release}-${each.key}"
  policies          = { storage = var.storage_policy }
}

module "addon_role" {
  source = "../aws-irsa"
  for_each = {
    vpc-cni            = { account = "aws-node", policy = "AmazonEKS_CNI_Policy" }
    aws-ebs-csi-driver = { account = "ebs-csi-controller-sa", policy = "service-role/AmazonEBSCSIDriverPolicy" }
  }

  name                = "${var.name}-${each.key}"
  oidc_issuer         = local.oidc.issuer
  oidc_provider_arn   = local.oidc.provider
  namespace           = "kube-system"
  service_account     = each.value.account
  managed_policy_arns = ["arn:${data.aws_partition.current.partition}:iam::aws:policy/${each.value.policy}"]
}

# The External Secrets operator brings Sillage's three secrets into the cluster, and no other.
data "aws_iam_policy_document" "external_secrets" {
  statement {
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
    resources = values(var.secret_arns)
  }

  statement {
    actions   = ["kms:Decrypt"]
    resources = [var.kms_key_arn]
  }
}

# The load balancer controller registers the gateway's pods in the one target group made here; it makes nothing.
data "aws_iam_policy_document" "load_balancer_controller" {
  statement {
    actions   = ["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"]
    resources = [var.target_group_arn]
  }

  # Looking around knows no resources in IAM.
  statement {
    actions = [
      "ec2:DescribeAvailabilityZones",
      "ec2:DescribeInstances",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSubnets",
      "ec2:DescribeVpcs",
      "elasticloadbalancing:DescribeTags",
      "elasticloadbalancing:DescribeTargetGroups",
      "elasticloadbalancing:DescribeTargetHealth",
    ]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "cluster_autoscaler" {
  statement {
    actions   = ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"]
    resources = ["arn:${data.aws_partition.current.partition}:autoscaling:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:autoScalingGroup:*:autoScalingGroupName/eks-*"]
    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/k8s.io/cluster-autoscaler/${var.name}"
      values   = ["owned"]
    }
  }

  statement {
    actions = [
      "autoscaling:DescribeAutoScalingGroups",
      "autoscaling:DescribeAutoScalingInstances",
      "autoscaling:DescribeLaunchConfigurations",
      "autoscaling:DescribeScalingActivities",
      "ec2:DescribeImages",
      "ec2:DescribeInstanceTypes",
      "ec2:DescribeLaunchTemplateVersions",
      "ec2:GetInstanceTypesFromInstanceRequirements",
      "eks:DescribeNodegroup",
    ]
    resources = ["*"]
  }
}

module "operator_role" {
  source = "../aws-irsa"
  for_each = {
    external-secrets             = { namespace = "external-secrets", policy = data.aws_iam_policy_document.external_secrets.json }
    aws-load-balancer-controller = { namespace = "kube-system", policy = data.aws_iam_policy_document.load_balancer_controller.json }
    cluster-autoscaler           = { namespace = "kube-system", policy = data.aws_iam_policy_document.cluster_autoscaler.json }
  }

  name              = "${var.name}-${each.key}"
  oidc_issuer       = local.oidc.issuer
  oidc_provider_arn = local.oidc.provider
  namespace         = each.value.namespace
  service_account   = each.key
  policies          = { access = each.value.policy }
}
