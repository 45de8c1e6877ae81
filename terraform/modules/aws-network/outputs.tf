output "vpc_id" {
  description = "The network."
  value       = aws_vpc.this.id
}

output "public_subnet_ids" {
  description = "Subnets of load balancers."
  value       = [for zone in local.zones : aws_subnet.public[zone].id]
}

output "private_subnet_ids" {
  description = "Subnets of workloads."
  value       = [for zone in local.zones : aws_subnet.private[zone].id]
}

output "data_subnet_ids" {
  description = "Subnets of stores, without a route to the internet."
  value       = [for zone in local.zones : aws_subnet.data[zone].id]
}

output "public_cidrs" {
  description = "Addresses that load balancers connect from."
  value       = values(local.public)
}

output "data_cidrs" {
  description = "Addresses of the stores."
  value       = values(local.data)
}
