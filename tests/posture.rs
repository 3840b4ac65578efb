//! Every rule on Azure ML's set-up: the texts that stand beside it in `patterns/azureml`, scanned as files, are reported on
//! the lines that they name, and on no others.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use redan::config::Config;
use redan::context::Context;
use redan::model::{Group, Outcome};
use redan::scan::{Progress, Target, scan};

fn scanned(files: &[(&str, &str)]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let root = folder.path().canonicalize().unwrap();
    let target = Target { paths: vec![root.clone()], root };
    scan(&target, &Context::new(Config::default()), &Progress::default())
}

/// `path:line rule` of every posture finding.
fn findings(files: &[(&str, &str)]) -> BTreeSet<String> {
    let outcome = scanned(files);
    let posture = outcome.findings.iter().filter(|finding| finding.rule.group == Group::Posture);
    posture
        .map(|finding| format!("{}:{} {}", finding.location.path, finding.location.start.line, finding.rule.id))
        .collect()
}

#[test]
fn each_rule_reports_its_tests_and_nothing_else_of_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns/azureml");
    let (mut wrong, mut rules) = (Vec::new(), BTreeSet::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let area: toml::Table = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for rule in area.get("rule").and_then(|rules| rules.as_array()).into_iter().flatten() {
            let id = rule["id"].as_str().unwrap();
            assert!(rules.insert(id.to_owned()), "{id} stands twice");
            for test in rule["test"].as_array().unwrap() {
                let (file, text) = (test["file"].as_str().unwrap(), test["text"].as_str().unwrap());
                let expected: Vec<i64> =
                    test["lines"].as_array().unwrap().iter().map(|line| line.as_integer().unwrap()).collect();
                let end = format!(" {id}");
                let got: Vec<i64> = findings(&[(file, text)])
                    .iter()
                    .filter_map(|found| found.strip_suffix(&end)?.rsplit(':').next()?.parse().ok())
                    .collect();
                if sorted(&got) != sorted(&expected) {
                    wrong.push(format!("{id} {file}: expected {expected:?}, got {got:?}\n{text}"));
                }
            }
        }
    }
    assert!(rules.len() > 30);
    assert!(wrong.is_empty(), "{} texts differ:\n{}", wrong.len(), wrong.join("\n"));
}

fn sorted(lines: &[i64]) -> Vec<i64> {
    let mut lines = lines.to_vec();
    lines.sort_unstable();
    lines
}

#[test]
fn every_file_of_rules_is_built_in() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns/azureml");
    let files: BTreeSet<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let source = include_str!("../src/detect/posture/rule.rs");
    let missing: Vec<&String> = files.iter().filter(|file| !source.contains(&format!("azureml/{file}"))).collect();
    assert!(missing.is_empty(), "not read: {missing:?}");
}

/// Rules by what they are about, so that none is lost unseen.
#[test]
fn rules_cover_the_three_principles() {
    let context = Context::new(Config::default());
    let mut areas: BTreeMap<String, usize> = BTreeMap::new();
    for rule in redan::detect::DETECTORS
        .iter()
        .flat_map(|detector| detector.rules(&context))
        .filter(|rule| rule.group == Group::Posture)
    {
        let area = rule.id.split('-').nth(1).unwrap().to_owned();
        *areas.entry(area).or_default() += 1;
    }
    for (area, least) in
        [("LP", 9), ("EP", 9), ("NET", 12), ("LOG", 5), ("PATCH", 4), ("KV", 3), ("DEF", 2), ("IAC", 1)]
    {
        assert!(areas.get(area).copied().unwrap_or_default() >= least, "{area}: {areas:?}");
    }
}

#[test]
fn a_module_is_judged_by_what_its_callers_pass() {
    let module = "variable \"open\" {\n  type = bool\n  default = false\n}\nlocals {\n  access = var.open ? \"Enabled\" : \"Disabled\"\n}\n\
                  resource \"azapi_resource\" \"w\" {\n  type = \"Microsoft.MachineLearningServices/workspaces@2024-04-01\"\n  body = {\n    \
                  properties = { publicNetworkAccess = local.access }\n  }\n}\n";
    let callers = "module \"closed\" {\n  source = \"../modules/workspace\"\n}\nmodule \"open\" {\n  source = \"../modules/workspace\"\n  open   = true\n}\n";
    let of = |files: &[(&str, &str)]| -> Vec<String> {
        findings(files).into_iter().filter(|found| found.ends_with("NET-01")).collect()
    };
    assert_eq!(of(&[("modules/workspace/main.tf", module), ("live/main.tf", callers)]), ["live/main.tf:6 AML-NET-01"]);
    // On its own, its defaults hold.
    assert!(of(&[("main.tf", module)]).is_empty());
    let values = "open = true\n";
    assert_eq!(of(&[("main.tf", module), ("terraform.tfvars", values)]), ["main.tf:6 AML-NET-01"]);
}

#[test]
fn what_is_not_made_is_not_judged() {
    let text = "resource \"azurerm_key_vault\" \"never\" {\n  count = 0\n}\nvariable \"make\" {\n  default = false\n}\n\
                resource \"azurerm_key_vault\" \"perhaps\" {\n  count = var.make ? 1 : 0\n}\n";
    let found: Vec<String> =
        findings(&[("main.tf", text)]).into_iter().filter(|found| found.ends_with("KV-01")).collect();
    assert_eq!(found, ["main.tf:7 AML-KV-01"]);
}

#[test]
fn a_bicep_module_is_judged_by_what_its_callers_pass() {
    let module = "param access string\nresource w 'Microsoft.MachineLearningServices/workspaces@2024-04-01' = {\n  name: 'w'\n  properties: { publicNetworkAccess: access }\n}\n";
    let main = "module a 'modules/w.bicep' = {\n  name: 'a'\n  params: { access: 'Enabled' }\n}\nmodule b 'modules/w.bicep' = {\n  name: 'b'\n  params: { access: 'Disabled' }\n}\n";
    let found = findings(&[("main.bicep", main), ("modules/w.bicep", module)]);
    let found: Vec<String> = found.into_iter().filter(|found| found.ends_with("NET-01")).collect();
    assert_eq!(found, ["main.bicep:3 AML-NET-01"]);
}

/// Modules and names that lead back to themselves end, and so do those that branch at every step.
#[test]
fn circles_end() {
    let circle = "module \"next\" {\n  source = \"../b\"\n}\nlocals {\n  a = local.b\n  b = local.a\n}\nresource \"azurerm_storage_account\" \"s\" {\n  min_tls_version = local.a\n}\n";
    let back = circle.replace("../b", "../a");
    let mut branches = String::from("locals {\n  v0 = \"TLS1_2\"\n");
    for step in 1..60 {
        branches.push_str(&format!("  v{step} = var.x ? local.v{} : local.v{}\n", step - 1, step - 1));
    }
    branches.push_str("}\nresource \"azurerm_storage_account\" \"s\" {\n  min_tls_version = local.v59\n}\n");
    let found = findings(&[("a/main.tf", circle), ("b/main.tf", &back), ("c/main.tf", &branches)]);
    assert!(!found.iter().any(|found| found.ends_with("EP-06")), "{found:?}");
}

/// What a module gives back is the resource inside of it: nobody can say that it is not.
#[test]
fn a_setting_of_what_a_module_gives_back_counts() {
    let module = "resource \"azurerm_machine_learning_workspace\" \"w\" {\n}\noutput \"id\" {\n  value = azurerm_machine_learning_workspace.w.id\n}\n";
    let main = "module \"ml\" {\n  source = \"./ml\"\n}\nresource \"azurerm_monitor_diagnostic_setting\" \"d\" {\n  target_resource_id = module.ml.id\n  log_analytics_workspace_id = var.logs\n}\n";
    let found = findings(&[("main.tf", main), ("ml/main.tf", module)]);
    assert!(!found.iter().any(|found| found.ends_with("LOG-01")), "{found:?}");
    let never = main.replace("source = \"./ml\"", "source = \"./ml\"\n  count = 0");
    assert!(findings(&[("main.tf", &never), ("ml/main.tf", module)]).is_empty());
}

/// Lists that hold themselves, and lists of lists that branch at every step.
#[test]
fn lists_in_circles_end() {
    let mut text = String::from("locals {\n  a = [local.a]\n  o = { x = local.o.x }\n");
    for step in 0..40 {
        text.push_str(&format!("  b{step} = [local.b{}, local.b{}]\n", step + 1, step + 1));
    }
    text.push_str("}\n");
    for name in ["a", "o.x", "b0"] {
        text.push_str(&format!(
            "resource \"azurerm_storage_account\" \"s\" {{\n  min_tls_version = local.{name}\n}}\n"
        ));
    }
    let found = findings(&[
        ("main.tf", &text),
        (
            "main.bicep",
            "param a array = [a]\nresource s 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  properties: { minimumTlsVersion: a }\n}\n",
        ),
    ]);
    assert!(!found.iter().any(|found| found.ends_with("EP-06")), "{found:?}");
}

/// Which entry is chosen is not known, and an entry that is not there is tried next.
#[test]
fn entries_that_are_chosen_later_are_not_known() {
    let text = "locals {\n  cfg = { dev = { public = false }, prod = { public = false } }\n  bad = { dev = { public = true }, prod = { public = true } }\n}\n\
                resource \"azurerm_machine_learning_workspace\" \"a\" {\n  public_network_access_enabled = local.cfg[var.env].public\n}\n\
                resource \"azurerm_machine_learning_workspace\" \"b\" {\n  public_network_access_enabled = local.bad[var.env].public\n}\n\
                resource \"azurerm_machine_learning_workspace\" \"c\" {\n  public_network_access_enabled = try(local.cfg.test, false)\n}\n";
    let found: Vec<String> =
        findings(&[("main.tf", text)]).into_iter().filter(|found| found.ends_with("NET-01")).collect();
    assert_eq!(found, ["main.tf:3 AML-NET-01"]);
}

/// What a resource is like is known only when it is made: both branches may be.
#[test]
fn what_resources_are_like_decides_nothing() {
    let text = "terraform {\n  required_version = \">= 1.5\"\n}\n\
                resource \"azurerm_machine_learning_workspace\" \"a\" {\n  public_network_access_enabled = terraform.workspace == \"prod\" ? false : true\n}\n\
                resource \"azurerm_machine_learning_workspace\" \"b\" {\n  public_network_access_enabled = azurerm_resource_group.g.location == azurerm_resource_group.h.location ? true : false\n}\n\
                resource \"azurerm_machine_learning_workspace\" \"c\" {\n  count = azurerm_resource_group.g.location == \"westeurope\" ? 1 : 0\n}\n\
                resource \"azurerm_machine_learning_workspace\" \"d\" {\n  public_network_access_enabled = azurerm_resource_group.g != null ? true : false\n}\n";
    let found: Vec<String> =
        findings(&[("main.tf", text)]).into_iter().filter(|found| found.ends_with("NET-01")).collect();
    assert_eq!(found, ["main.tf:10 AML-NET-01", "main.tf:14 AML-NET-01"]);
}

/// A private endpoint that a module of somebody else makes.
#[test]
fn what_a_module_is_given_may_be_made_up_for_there() {
    let text = "resource \"azurerm_machine_learning_workspace\" \"a\" {\n}\nresource \"azurerm_virtual_network\" \"n\" {\n}\n\
                module \"endpoint\" {\n  source = \"Azure/avm-res-network-privateendpoint/azurerm\"\n  private_connection_resource_id = azurerm_machine_learning_workspace.a.id\n}\n";
    assert!(!findings(&[("main.tf", text)]).iter().any(|found| found.ends_with("NET-13")));
    let other = text.replace("privateendpoint", "dns");
    assert!(findings(&[("main.tf", &other)]).iter().any(|found| found.ends_with("NET-13")));
}

/// `*.auto.tfvars` are read after `terraform.tfvars`.
#[test]
fn values_of_variables_have_an_order() {
    let text = "variable \"open\" {\n  type = bool\n}\nresource \"azurerm_machine_learning_workspace\" \"a\" {\n  public_network_access_enabled = var.open\n}\n";
    let of = |last: &str, first: &str| {
        let files = [("main.tf", text), ("prod.auto.tfvars", last), ("terraform.tfvars", first)];
        findings(&files).iter().filter(|found| found.ends_with("NET-01")).count()
    };
    assert_eq!((of("open = false\n", "open = true\n"), of("open = true\n", "open = false\n")), (0, 1));
}

/// Calls of classes are kept for the kinds that there are: a kind of another class would never be asked about.
#[test]
fn the_classes_of_kinds_are_read() {
    let source = include_str!("../src/parse/python/asset.rs");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns/azureml");
    let mut classes = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let area: toml::Table = toml::from_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap()).unwrap();
        for kind in area.get("kind").and_then(|kinds| kinds.as_array()).into_iter().flatten() {
            for function in kind.get("python").and_then(|names| names.as_array()).into_iter().flatten() {
                let last = function.as_str().unwrap().rsplit(['.', '*']).next().unwrap();
                if last.starts_with(|first: char| first.is_ascii_uppercase()) {
                    assert!(source.contains(&format!("    \"{last}\",\n")), "{last} is not kept");
                    classes += 1;
                }
            }
        }
    }
    assert!(classes > 10);
}
