//! Tests of the Terraform parser.

use proptest::prelude::*;

use super::*;
use crate::parse::rendered;

fn notes(path: &str, text: &str) -> (Vec<String>, Vec<String>) {
    rendered::read(&Terraform, path, text)
}

fn read(path: &str, text: &str) -> Vec<String> {
    let (assets, notes) = notes(path, text);
    assert!(notes.is_empty(), "{notes:?}");
    assets
}

#[test]
fn blocks_become_assets() {
    assert_eq!(
        read(
            "main.tf",
            r#"# a comment
resource "azurerm_x" "y" {
  count = var.on ? 1 : 0
  name  = "n-${var.p}"
  identity { type = "SystemAssigned" }
  rule {
    port = 22
  }
  rule {
    port = "3389"
  }
  tags = { a = 1 }
  lifecycle {
    ignore_changes = [tags]
  }
  provisioner "local-exec" {
    command = <<-EOT
      az ml compute create
    EOT
  }
}
data "azurerm_client_config" "current" {}
module "m" {
  source = "./m"
}
variable "p" {
  type    = string
  default = "d"
}
locals {
  a = 1
  b = local.a
}
output "o" {
  value = azurerm_x.y[0].id
}
provider "azurerm" {
  features {}
}
check "c" {
}
"#
        ),
        [
            "azurerm_x azurerm_x.y {count=?:(var.on, 1, 0), name=+(\"n-\", var.p), identity={type=\"SystemAssigned\"}, \
             rule={port=22}, rule={port=\"3389\"}, tags={a=1}, lifecycle={ignore_changes=[tags]}, \
             provisioner={type=\"local-exec\", command=\"az ml compute create\\n\"}} @2",
            "data.azurerm_client_config data.azurerm_client_config.current {} @22",
            "module module.m {source=\"./m\"} @23",
            "variable var.p {type=string, default=\"d\"} @26",
            "local local.a {value=1} @31",
            "local local.b {value=local.a} @32",
            "output output.o {value=azurerm_x.y.id} @34",
            "provider azurerm {features={}} @37",
            "az ml compute create  {} @17",
        ]
    );
}

#[test]
fn versions_of_providers() {
    assert_eq!(
        read(
            "versions.tf",
            "terraform {\n  required_version = \">= 1\"\n  required_providers {\n    azurerm = {\n      source  = \"hashicorp/azurerm\"\n      version = \"~> 3.0\"\n    }\n    random = \"~> 2.0\"\n  }\n}\n"
        ),
        [
            "required_provider azurerm {source=\"hashicorp/azurerm\", version=\"~> 3.0\"} @4",
            "required_provider random {version=\"~> 2.0\"} @8",
            "terraform terraform {required_version=\">= 1\", required_providers={azurerm={source=\"hashicorp/azurerm\", \
             version=\"~> 3.0\"}, random=\"~> 2.0\"}} @1",
        ]
    );
    assert_eq!(
        read(
            ".terraform.lock.hcl",
            "provider \"registry.terraform.io/hashicorp/azurerm\" {\n  version = \"3.1.0\"\n  hashes = [\n    \"h1:x=\",\n  ]\n}\n"
        ),
        ["locked_provider azurerm {version=\"3.1.0\"} @1"]
    );
    assert_eq!(
        read("terraform.tfvars", "a = \"x\"\nb = {\n  c = 1\n}\n"),
        ["tfvars var.a {value=\"x\"} @1", "tfvars var.b {value={c=1}} @2"]
    );
}

#[test]
fn dynamic_blocks_are_what_they_make() {
    assert_eq!(
        read(
            "main.tf",
            "resource \"a\" \"b\" {\n  dynamic \"rule\" {\n    for_each = var.rules\n    content {\n      port = rule.value[\"port\"]\n    }\n  }\n}\n"
        ),
        ["a a.b {rule={port=rule.value.port}} @1"]
    );
}

#[test]
fn a_header_ends_at_its_labels() {
    let text = "resource \"a\"  b  {\n  c { d = 1 } # e\n}\nlocals /* f */ {\n}\n";
    let source = Source::new(ArtifactPath::new("main.tf"), text.as_bytes());
    let mut document = Document::new(&source);
    Terraform.parse(&source, &mut document);
    let at = |location: &Location| String::from_utf8_lossy(location.span.slice(text.as_bytes())).into_owned();
    assert_eq!(at(&document.assets[0].location), "resource \"a\"  b");
    assert_eq!(at(&document.assets[0].settings[0].location), "c { d = 1 }");
}

#[test]
fn what_is_broken_loses_little() {
    let note = "not valid Terraform here; what it sets may be missed";
    let (assets, notes) = notes("main.tf", "resource \"a\" \"b\" {\n  c = = 1\n  d = 2\n  e\n}\nresource \"a\" \"c\" {\n  f = 1\n");
    assert_eq!(assets, ["a a.b {c=(), d=2} @1", "a a.c {f=1} @6"]);
    assert_eq!(notes, [format!("{note} @2")]);
    // A closing brace is missing.
    let (assets, notes) = self::notes("main.tf", "resource \"a\" \"b\" {\n  c {\n    d = 1\n\nresource \"a\" \"c\" {\n  f = 1\n}\n");
    assert_eq!(assets, ["a a.b {c={d=1}} @1", "a a.c {f=1} @5"]);
    assert_eq!(notes, [format!("{note} @5")]);
    let (assets, notes) = self::notes("main.tf", "}}\n)\nresource \"a\" \"c\" {\n  f = 1\n}\n");
    assert_eq!(assets, ["a a.c {f=1} @3"]);
    assert_eq!(notes, [format!("{note} @1")]);
}

#[test]
fn depth_and_number_are_bounded() {
    for unit in ["{", "[", "(", "a {", "a = {", "a = [", "a = (", "a = \"${", "a = <<A\n", "a{}", "a = !", "\"", "/*", "a \""] {
        let text = unit.repeat(100_000);
        let source = Source::new(ArtifactPath::new("main.tf"), text.as_bytes());
        let mut document = Document::new(&source);
        Terraform.parse(&source, &mut document);
    }
    let (assets, notes) = notes("main.tf", &"module a{}\n".repeat(MAXIMUM_ASSETS + 5));
    assert_eq!((assets.len(), notes.len()), (MAXIMUM_ASSETS, 1));
    let deep = format!("resource \"a\" \"b\" {{\n{}c = 1\n{}\n}}\nmodule \"m\" {{}}\n", "x {\n".repeat(500), "}\n".repeat(500));
    let (assets, notes) = self::notes("main.tf", &deep);
    assert_eq!((assets.len(), notes.len()), (2, 1));
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let source = Source::new(ArtifactPath::new("main.tf"), &bytes);
        Terraform.parse(&source, &mut Document::new(&source));
    }

    #[test]
    fn any_order_of_its_signs_is_survived(text in "([a-c]|[\\[\\]{}()=\"$%.:?!<,#/*\n ]|for |in |<<A|<<-A|\\$\\{|resource \"a\" \"b\" \\{\n){0,80}") {
        let source = Source::new(ArtifactPath::new("main.tf"), text.as_bytes());
        Terraform.parse(&source, &mut Document::new(&source));
    }
}
