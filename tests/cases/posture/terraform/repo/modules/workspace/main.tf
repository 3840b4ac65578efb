variable "access" {
  type = string
}

resource "azapi_resource" "workspace" {
  type = "Microsoft.MachineLearningServices/workspaces@2024-04-01"
  name = "churn"
  body = jsonencode({
    properties = {
      publicNetworkAccess = var.access
    }
  })
}

resource "azurerm_monitor_diagnostic_setting" "audit" {
  target_resource_id         = azapi_resource.workspace.id
  log_analytics_workspace_id = var.logs
}
