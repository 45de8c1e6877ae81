output "backend" {
  description = "For `terraform init -backend-config=FILE` of the other configurations."
  value = join("\n", [
    "resource_group_name  = \"${azurerm_resource_group.state.name}\"",
    "storage_account_name = \"${azurerm_storage_account.state.name}\"",
    "container_name       = \"${azurerm_storage_container.state.name}\"",
    "",
  ])
}
