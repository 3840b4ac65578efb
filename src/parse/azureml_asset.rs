//! Resources of Azure ML as YAML describes them: the files of the CLI v2
//! (<https://learn.microsoft.com/azure/machine-learning/reference-yaml-overview>), and the deployment configurations of v1, also
//! in JSON (<https://learn.microsoft.com/azure/machine-learning/v1/reference-azure-machine-learning-cli>).
//!
//! One asset for each document of a file. What it is comes from its `$schema` or else from its keys ([`kind`]); all that it
//! sets is kept as a tree. Jobs, components, data, models and environments are none: what they need is `parse/azureml.rs`'s.
//! It does not judge, and of values that something fills in later (`${{ … }}`, `$[[ … ]]`, `{{ … }}`, `${NAME}`) it says that
//! they are not known.

mod kind;

use granit_parser::ScalarStyle;

use super::yaml::{self, Node, Value};
use super::{Parser, lossy};
use crate::model::asset::{Asset, Dialect, Given, Setting};
use crate::model::{ArtifactPath, Document, Groups, NotificationKind, Source, Span};

/// Resources of Azure ML in YAML.
pub struct AzuremlAsset;

/// Collections inside collections that are kept; workspaces need 5.
const MAXIMUM_DEPTH: u32 = 32;

/// Bytes of a file that is read; real ones have some kilobytes.
const MAXIMUM_TEXT: usize = 1 << 20;

/// What stands in a value that a template engine, a pipeline or `envsubst` has still to fill in.
const PLACEHOLDERS: &[&str] = &["{{", "$[[", "${", "$(", "#{"];

impl Parser for AzuremlAsset {
    fn name(&self) -> &'static str {
        "azureml_asset"
    }

    fn reads(&self) -> &'static str {
        "Azure ML YAML: workspaces, computes, endpoints, deployments, data stores and connections; deployment configurations of v1"
    }

    fn serves(&self) -> Groups {
        Groups::POSTURE
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        match path.extension().as_str() {
            "yml" | "yaml" => kind::may_be_asset(head),
            "json" => kind::may_be_deployment(head),
            _ => false,
        }
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        if source.text().len() > MAXIMUM_TEXT {
            document.notify(NotificationKind::BudgetExceeded, "larger than Azure ML YAML that is read as resources");
            return;
        }
        let text = &*lossy::text(source, document);
        // JSON is YAML.
        let tree = yaml::read(document, text, source.text_start());
        for root in &tree.documents {
            let Some(kind) = kind::of(root, &source.path) else { continue };
            // Of what says its type, the type is what it begins with.
            let typed = if kind::is_typed(&kind) { root.entry("type") } else { None };
            let Some((header, _)) = typed.or_else(|| root.entry("$schema")).or_else(|| root.entries().iter().map(|(k, v)| (k, v)).next())
            else {
                continue;
            };
            let name = match root.get("name").map(given) {
                Some(Given::Text(name)) => name,
                _ => String::new(),
            };
            let location = source.first_line(Span::new(header.span.start, source.text().len()));
            let settings = settings(source, root, 0);
            document.assets.push(Asset {
                dialect: Dialect::Yaml,
                kind,
               
                name,
                settings,
                location,
            });
        }
    }
}

/// The entries of a mapping, and those that `<<` brings in, before its own: of several the last counts.
pub(in crate::parse) fn settings(source: &Source<'_>, node: &Node<'_>, depth: u32) -> Vec<Setting> {
    if depth > MAXIMUM_DEPTH {
        return Vec::new();
    }
    let mut merged = Vec::new();
    let mut own = Vec::new();
    for (key, value) in node.entries() {
        match key.text() {
            Some("<<") => {
                // Of several, the first that has a key counts.
                for source_of_keys in std::iter::once(value).chain(value.items().iter().rev()) {
                    merged.extend(settings(source, source_of_keys, depth + 1));
                }
            }
            Some(name) => own.push(Setting {
                name: name.to_owned(),
                value: tree(source, value, depth),
                location: source.first_line(Span::new(key.span.start, key.span.end.max(value.span.end))),
            }),
            None => {}
        }
    }
    merged.extend(own);
    merged
}

fn tree(source: &Source<'_>, node: &Node<'_>, depth: u32) -> Given {
    match &node.value {
        // `{{ name }}` is a mapping to YAML.
        Value::Mapping(_) if node.span.slice(source.text()).starts_with(b"{{") => Given::unknown(),
        Value::Mapping(_) => Given::Group(settings(source, node, depth + 1)),
        Value::Sequence(_) if depth >= MAXIMUM_DEPTH => Given::unknown(),
        Value::Sequence(items) => {
            let element = |item: &Node<'_>| Setting {
                name: String::new(),
                value: tree(source, item, depth + 1),
                location: source.first_line(item.span),
            };
            Given::List(items.iter().map(element).collect())
        }
        Value::Scalar(..) => given(node),
    }
}

/// A scalar by the core schema (<https://yaml.org/spec/1.2.2/#103-core-schema>).
fn given(node: &Node<'_>) -> Given {
    let Value::Scalar(text, style) = &node.value else { return Given::unknown() };
    // `$NAME` in a file that a shell writes.
    let is_variable = |text: &str| text.strip_prefix('$').is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'));
    if PLACEHOLDERS.iter().any(|placeholder| text.contains(placeholder)) || is_variable(text) {
        return Given::unknown();
    }
    if *style != ScalarStyle::Plain {
        return Given::Text(text.to_string());
    }
    match text.as_ref() {
        "" | "~" | "null" | "Null" | "NULL" => Given::Null,
        "true" | "True" | "TRUE" => Given::Boolean(true),
        "false" | "False" | "FALSE" => Given::Boolean(false),
        number if is_number(number) => Given::Number(number.to_owned()),
        text => Given::Text(text.to_owned()),
    }
}

/// `[-+]?[0-9]+`, `0o7`, `0xF`, and decimals with an exponent; no `.inf`, which nothing here is.
fn is_number(text: &str) -> bool {
    let prefixed = |prefix, radix| {
        text.strip_prefix(prefix)
            .is_some_and(|digits: &str| !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix)))
    };
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let begins = unsigned.strip_prefix('.').unwrap_or(unsigned).starts_with(|first: char| first.is_ascii_digit());
    prefixed("0o", 8) || prefixed("0x", 16) || begins && unsigned.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::rendered;
    use proptest::prelude::*;

    fn read(path: &str, text: &str) -> Vec<String> {
        rendered::read(&AzuremlAsset, path, text).0
    }

    #[test]
    fn an_asset_by_its_schema() {
        assert_eq!(
            read(
                "w.yml",
                "# ours\n$schema: https://azuremlschemas.azureedge.net/latest/workspace.schema.json \nname: w\n\
                 public_network_access: Disabled\nhbi_workspace: true\ntags: {n: '1', m: 2, e: }\n\
                 managed_network:\n  isolation_mode: allow_only_approved_outbound\n  outbound_rules:\n  - name: a\n    type: fqdn\n  - b\n"
            ),
            ["workspace w {$schema=\"https://azuremlschemas.azureedge.net/latest/workspace.schema.json\", name=\"w\", \
              public_network_access=\"Disabled\", hbi_workspace=true, tags={n=\"1\", m=2, e=null}, \
              managed_network={isolation_mode=\"allow_only_approved_outbound\", outbound_rules=[{name=\"a\", type=\"fqdn\"}, \"b\"]}} @2"]
        );
    }

    #[test]
    fn an_asset_by_its_keys() {
        let kind = |text: &str| {
            let found = read("x.yaml", text);
            assert_eq!(found.len(), 1, "{text}");
            found.into_iter().next().and_then(|line| line.split(' ').next().map(str::to_owned)).unwrap_or_default()
        };
        assert_eq!(kind("name: c\ntype: AmlCompute\n"), "amlCompute");
        assert_eq!(kind("name: c\ntype: \"computeinstance\"\n"), "computeInstance");
        assert_eq!(kind("name: d\ntype: azure_blob\naccount_name: a\n"), "azureBlob");
        assert_eq!(kind("name: d\ntype: azure_data_lake_gen2\n"), "azureDataLakeGen2");
        assert_eq!(kind("managed_network:\n  isolation_mode: disabled\n"), "workspace");
        assert_eq!(kind("isolation_mode: allow_internet_outbound\n"), "managedNetwork");
        assert_eq!(kind("name: e\nauth_mode: key\n"), "managedOnlineEndpoint");
        assert_eq!(kind("name: e\nauth_mode: key\ncompute: azureml:k\n"), "kubernetesOnlineEndpoint");
        assert_eq!(kind("name: e\nauth_mode: aad_token\ndefaults:\n  deployment_name: d\n"), "batchEndpoint");
        assert_eq!(kind("name: b\nendpoint_name: e\nmodel: azureml:m:1\ninstance_type: S\n"), "managedOnlineDeployment");
        assert_eq!(kind("name: b\nendpoint_name: e\nmodel: azureml:m:1\ncompute: azureml:c\n"), "batchDeployment");
        assert_eq!(kind("location: x\npublic_network_access: Enabled\n"), "workspace");
        assert_eq!(kind("name: w\nkey_vault: /subscriptions/1/resourceGroups/r/providers/x\n"), "workspace");
        assert_eq!(
            kind("name: c\ntype: api_key\ntarget: https://x\ncredentials:\n  type: api_key\n  key: k\n"),
            "workspaceConnection"
        );
    }

    #[test]
    fn other_yaml_is_none() {
        for text in [
            "type: object\nname: x\n",
            "apiVersion: v1\nkind: Secret\ntype: Opaque\n",
            "name: x\nauth_mode: oauth\n",
            "endpoint_name: e\nother: 1\n",
            "$schema: https://json-schema.org/draft-07/schema\ntype: azure_blob\n",
            "$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\ntype: command\n",
            "$schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json\nname: x\n",
            "parameters:\n- name: x\n  type: amlcompute\n",
            "jobs:\n  a:\n    type: computeinstance\n",
            "key_vault: my-vault\nstorage_account: s\n",
            "computeType: other\n",
            "- type: azure_blob\n",
            "public_network_access: x\n",
            "",
        ] {
            let source = Source::new(ArtifactPath::new("x.yml"), text.as_bytes());
            let mut document = Document::new(&source);
            AzuremlAsset.parse(&source, &mut document);
            assert_eq!(rendered::assets(&document), Vec::<String>::new(), "{text}");
        }
        for text in ["parameters:\n- name: x\n  type: amlcompute\n", "type: object\n", "x:\n  auth_mode: key\n"] {
            assert!(!AzuremlAsset.claims(&ArtifactPath::new("a.yml"), text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn deployment_configurations_of_version_one() {
        assert_eq!(
            read("deployment_config_aci.yml", "computeType: ACI\ncontainerResourceRequirements:\n  cpu: 1\n"),
            ["deploymentConfig  {computeType=\"ACI\", containerResourceRequirements={cpu=1}} @1"]
        );
        assert_eq!(
            read("d.json", "{\n\t\"computeType\": \"aks\",\n\t\"authEnabled\": false, \"sslEnabled\": null}"),
            ["deploymentConfig  {computeType=\"aks\", authEnabled=false, sslEnabled=null} @2"]
        );
    }

    #[test]
    fn what_is_filled_in_later_is_not_known() {
        assert_eq!(
            read(
                "c.yml",
                "type: amlcompute\nname: {{ name }}\nmin_instances: ${{ parameters.n }}\nsize: $[[x]]\ntier: '${T}'\n"
            ),
            ["amlCompute  {type=\"amlcompute\", name=(), min_instances=(), size=(), tier=()} @1"]
        );
    }

    #[test]
    fn merged_keys_come_before_its_own() {
        assert_eq!(
            read("c.yml", "base: &b {size: s, min_instances: 2}\n<<: *b\ntype: amlcompute\nmin_instances: 0\n"),
            ["amlCompute  {size=\"s\", min_instances=2, base={size=\"s\", min_instances=2}, type=\"amlcompute\", min_instances=0} @3"]
        );
    }

    #[test]
    fn files_that_a_script_writes() {
        let text = "N=e\ncat > endpoint.yml <<EOF\nname: $N\nauth_mode: key\nEOF\n";
        let source = Source::new(ArtifactPath::new("a.sh"), text.as_bytes());
        let mut document = Document::new(&source);
        crate::parse::shell_script::ShellScript.parse(&source, &mut document);
        assert_eq!(
            rendered::assets(&document),
            ["managedOnlineEndpoint  {name=(), auth_mode=\"key\"} @3"]
        );
        let Given::Text(_) = &document.assets[0].settings[1].value else { panic!("no text") };
        assert_eq!(document.assets[0].settings[1].location.start.line, 4);
    }

    #[test]
    fn a_broken_file_gives_what_was_read() {
        assert_eq!(
            read("e.yml", "name: e\nauth_mode: key\npublic_network_access: 'disabled\n"),
            ["managedOnlineEndpoint e {name=\"e\", auth_mode=\"key\", public_network_access=null} @1"]
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(name: e\n|auth_mode: key\n|type: |amlcompute|\\PC|\n|  |- |&a |\\*a|<<: ){0,30}") {
            let source = Source::new(ArtifactPath::new("x.yml"), text.as_bytes());
            AzuremlAsset.claims(&source.path, text.as_bytes());
            AzuremlAsset.parse(&source, &mut Document::new(&source));
        }
    }
}
