//! Which resource of Azure ML a mapping describes: the file name of its `$schema`, or what its keys say where it has none
//! (the CLI asks for none, and `az ml … --file` takes any mapping that fits).
//!
//! Names are those of the schemas: `managedOnlineEndpoint` for `managedOnlineEndpoint.schema.json`. Precise rather than
//! complete: YAML that could as well be something else is no asset.

use memchr::memmem;

use super::super::yaml::Node;
use crate::model::ArtifactPath;

/// `type:` of computes and data stores, and the schema of each.
const TYPES: &[(&str, &str)] = &[
    ("amlcompute", "amlCompute"),
    ("computeinstance", "computeInstance"),
    ("azure_blob", "azureBlob"),
    ("azure_file", "azureFile"),
    ("azure_data_lake_gen1", "azureDataLakeGen1"),
    ("azure_data_lake_gen2", "azureDataLakeGen2"),
];

/// `type:` of connections, some of which other tools know as well.
const CONNECTIONS: &[&str] = &[
    "api_key",
    "azure_ai_search",
    "azure_ai_services",
    "azure_blob",
    "azure_content_safety",
    "azure_my_sql_db",
    "azure_open_ai",
    "azure_postgres_db",
    "azure_sql_db",
    "azure_synapse_analytics",
    "cognitive_search",
    "cognitive_service",
    "container_registry",
    "custom",
    "feature_store",
    "generic_container_registry",
    "git",
    "open_ai",
    "python_feed",
    "s3",
    "serp",
    "serverless",
    "snowflake",
];

/// True for what `type:` tells from others of its family: computes and data stores.
pub(super) fn is_typed(kind: &str) -> bool {
    TYPES.iter().any(|(_, known)| *known == kind)
}

/// Keys of which one stands at the beginning of a line in every asset without a `$schema`, and what may follow.
const KEYS: &[(&str, &[&str])] = &[
    ("type", &["amlcompute", "computeinstance", "azure_", "kubernetes", "virtualmachine", "synapsespark"]),
    ("isolation_mode", &["disabled", "allow_"]),
    ("managed_network", &[""]),
    ("endpoint_name", &[""]),
    ("auth_mode", &["key", "aml_token", "aad_token", "amltoken", "aadtoken"]),
    ("public_network_access", &[""]),
    ("container_registry", &["/subscriptions/"]),
    ("storage_account", &["/subscriptions/"]),
    ("key_vault", &["/subscriptions/"]),
    ("credentials", &[""]),
    ("computeType", &["aci", "aks"]),
];

/// Bytes of a head in which keys are looked for.
const MAXIMUM_HEAD: usize = 16 * 1024;

/// True when YAML that begins so may be an asset.
pub(super) fn may_be_asset(head: &[u8]) -> bool {
    let head = head.get(..MAXIMUM_HEAD).unwrap_or(head);
    memmem::find(head, b"azuremlschemas").is_some() || head.split(|byte| *byte == b'\n').any(is_telling)
}

/// True when JSON that begins so may be a deployment configuration of v1.
pub(super) fn may_be_deployment(head: &[u8]) -> bool {
    let head = head.get(..MAXIMUM_HEAD).unwrap_or(head);
    memmem::find_iter(head, b"\"computeType\"").any(|at| {
        let rest = head.get(at + 13..).unwrap_or_default().trim_ascii_start();
        let value = rest.strip_prefix(b":").unwrap_or_default().trim_ascii_start();
        [&b"\"aci\""[..], b"\"aks\""].iter().any(|kind| begins(value, kind))
    })
}

fn is_telling(line: &[u8]) -> bool {
    KEYS.iter().any(|(key, values)| {
        let rest = line.strip_prefix(key.as_bytes()).and_then(|rest| rest.trim_ascii_start().strip_prefix(b":"));
        let value = rest.map(<[u8]>::trim_ascii_start);
        let value = value.map(|value| value.strip_prefix(b"\"").or(value.strip_prefix(b"'")).unwrap_or(value));
        value.is_some_and(|value| values.iter().any(|wanted| begins(value, wanted.as_bytes())))
    })
}

/// True when `text` begins with `beginning`, in any letter case.
fn begins(text: &[u8], beginning: &[u8]) -> bool {
    text.get(..beginning.len()).is_some_and(|text| text.eq_ignore_ascii_case(beginning))
}

/// The kind of asset that a document is.
pub(super) fn of(root: &Node<'_>, path: &ArtifactPath) -> Option<String> {
    match root.get("$schema").and_then(Node::text) {
        Some(schema) => by_schema(schema.trim()),
        None => by_keys(root, path).map(str::to_owned),
    }
}

fn by_schema(schema: &str) -> Option<String> {
    let kind = schema.rsplit('/').next().unwrap_or(schema).strip_suffix(".schema.json")?;
    // Jobs, components and what they read: nothing that a network or an identity protects.
    let lower = kind.to_ascii_lowercase();
    let is_other = ["job", "component", "schedule", "flow", "pipeline"].iter().any(|word| lower.contains(word))
        || ["data", "dataset", "model", "environment", "asset", "spec", "mltable", "featureset", "evaluator", "run"]
            .contains(&lower.as_str());
    (schema.contains("azureml") && !kind.is_empty() && !is_other).then(|| kind.to_owned())
}

fn by_keys(root: &Node<'_>, path: &ArtifactPath) -> Option<&'static str> {
    let has = |key: &str| root.get(key).is_some();
    let lower = |key: &str| root.get(key).and_then(Node::text).unwrap_or_default().to_ascii_lowercase();
    let is_resource = |key: &str| lower(key).starts_with("/subscriptions/");
    let kind = lower("type");
    let auth_mode = lower("auth_mode").replace('_', "");
    if matches!(lower("computeType").as_str(), "aci" | "aks") {
        return Some("deploymentConfig");
    }
    if CONNECTIONS.contains(&kind.as_str())
        && (has("target") || has("endpoint") || has("azure_endpoint"))
        && (has("credentials") || has("api_key"))
        && !has("account_name")
    {
        return Some("workspaceConnection");
    }
    if let Some((_, schema)) = TYPES.iter().find(|(name, _)| *name == kind) {
        return Some(schema);
    }
    if has("endpoint_name") && has("name") && (has("model") || has("instance_type")) {
        return Some(deployment(root, &kind));
    }
    match kind.as_str() {
        "kubernetes" if is_resource("resource_id") => return Some("kubernetesCompute"),
        "virtualmachine" if is_resource("resource_id") => return Some("vmCompute"),
        "synapsespark" if is_resource("resource_id") => return Some("synapseSparkCompute"),
        _ => {}
    }
    if has("name") && matches!(auth_mode.as_str(), "key" | "amltoken" | "aadtoken") {
        return Some(endpoint(root, &auth_mode, path));
    }
    let isolates = |node: &Node<'_>| {
        let mode = node.get("isolation_mode").and_then(Node::text).unwrap_or_default().to_ascii_lowercase();
        mode == "disabled" || mode.starts_with("allow_")
    };
    let is_switch = matches!(lower("public_network_access").as_str(), "enabled" | "disabled");
    if root.get("managed_network").is_some_and(isolates)
        || is_switch && (has("location") || has("name") || has("display_name") || has("managed_network"))
        || ["container_registry", "storage_account", "key_vault"].iter().any(|key| is_resource(key))
    {
        return Some("workspace");
    }
    isolates(root).then_some("managedNetwork")
}

fn deployment(root: &Node<'_>, kind: &str) -> &'static str {
    let has = |keys: &[&str]| keys.iter().any(|key| root.get(key).is_some());
    match kind {
        "kubernetes" => "kubernetesOnlineDeployment",
        "managed" => "managedOnlineDeployment",
        _ if has(&["compute", "mini_batch_size", "output_action", "max_concurrency_per_instance", "job_definition"]) => {
            "batchDeployment"
        }
        _ if has(&["instance_type"]) && !has(&["resources"]) => "managedOnlineDeployment",
        _ => "kubernetesOnlineDeployment",
    }
}

fn endpoint(root: &Node<'_>, auth_mode: &str, path: &ArtifactPath) -> &'static str {
    let has = |keys: &[&str]| keys.iter().any(|key| root.get(key).is_some());
    let is_batch = path.as_str().to_ascii_lowercase().contains("batch")
        || !has(&["traffic", "mirror_traffic", "public_network_access", "identity"]);
    match auth_mode {
        _ if has(&["compute"]) => "kubernetesOnlineEndpoint",
        // Online endpoints take such tokens, too; the rest of the keys tells them apart.
        "aadtoken" if is_batch => "batchEndpoint",
        _ => "managedOnlineEndpoint",
    }
}
