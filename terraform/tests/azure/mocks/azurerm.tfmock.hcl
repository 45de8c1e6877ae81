# What Azure would say, where it matters for a plan. Ids must look like ids: the provider parses them.
mock_data "azurerm_client_config" {
  defaults = { tenant_id = "00000000-0000-0000-0000-000000000001", object_id = "00000000-0000-0000-0000-000000000002" }
}
