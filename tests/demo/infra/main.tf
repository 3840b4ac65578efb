# The workspace of the churn model. Everything is as open as it comes.

resource "azurerm_storage_account" "data" {
  name                     = "churndata"
  resource_group_name      = azurerm_resource_group.churn.name
  location                 = "westeurope"
  account_tier             = "Standard"
  account_replication_type = "LRS"

  network_rules {
    default_action = "Deny"
  }
}

resource "azurerm_machine_learning_workspace" "churn" {
  name                          = "churn"
  location                      = "westeurope"
  resource_group_name           = azurerm_resource_group.churn.name
  storage_account_id            = azurerm_storage_account.data.id
  public_network_access_enabled = true
}

resource "azurerm_role_assignment" "pipeline" {
  scope                = azurerm_resource_group.churn.id
  role_definition_name = "Contributor"
  principal_id         = var.pipeline_principal_id
}
