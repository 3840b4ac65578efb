//! Tests of the Bicep parser.

use proptest::prelude::*;

use super::*;
use crate::parse::rendered;

fn notes(path: &str, text: &str) -> (Vec<String>, Vec<String>) {
    rendered::read(&Bicep, path, text)
}

fn read(path: &str, text: &str) -> Vec<String> {
    let (assets, notes) = notes(path, text);
    assert!(notes.is_empty(), "{notes:?}");
    assets
}

#[test]
fn declarations_become_assets() {
    assert_eq!(
        read(
            "main.bicep",
            "targetScope = 'resourceGroup'
metadata description = 'x'
@description('Secret')
@secure()
param password string
@allowed([
  'Enabled'
  'Disabled'
])
param access string = 'Enabled' // = no
param mode 'a' | 'b' = 'a'
param maybe object?
var name = 'n-${access}'
type t = 'a'
  | 'b'
output id string = w.id
@batchSize(1)
module m './m.bicep' = {
  name: 'm'
  params: {
    a: w.id
  }
}
"
        ),
        [
            "parameter password {type=\"string\", description=\"Secret\", secure=true} @5",
            "parameter access {type=\"string\", default=\"Enabled\", allowed=[\"Enabled\", \"Disabled\"]} @10",
            "parameter mode {type=\"'a' | 'b'\", default=\"a\"} @11",
            "parameter maybe {type=\"object?\"} @12",
            "variable name {value=+(\"n-\", access)} @13",
            "output id {type=\"string\", value=w.id} @16",
            "module m {source=\"./m.bicep\", name=\"m\", params={a=w.id}, batchSize=1} @18",
        ]
    );
}

#[test]
fn resources() {
    assert_eq!(
        read(
            "main.bicep",
            "resource w 'Microsoft.X/ys@2024-01-01' = if (on && !off) {
  name: 'w'
  properties: { a: json('null') }
  @onlyIfNotExists()
  resource c 'zs' = {
    name: 'c'
    resource d 'qs@2025-01-01' existing = {
      name: 'd'
    }
  }
  resource: 1
}
resource e 'Microsoft.X/ys@2024-01-01' existing = {
  name: 'e'
}
resource l 'Microsoft.X/ys@2024-01-01' = [for (x, i) in xs: if (x.on) {
  name: x.name
}]
"
        ),
        [
            "Microsoft.X/ys w {if=&&(on, !(off)), name=\"w\", properties={a=null}, resource=1} @1",
            "Microsoft.X/ys/zs c {parent=w, name=\"c\", onlyIfNotExists=true} @5",
            "Microsoft.X/ys/zs/qs d {existing=true, parent=c, name=\"d\"} @7",
            "Microsoft.X/ys e {existing=true, name=\"e\"} @13",
            "Microsoft.X/ys l {for=xs, if=x.on, name=x.name} @16",
        ]
    );
}

#[test]
fn comments_are_no_settings() {
    assert_eq!(
        read("main.bicep", "// param a string\n/* param b string\n*/\nresource w 'T@1' = {\n  // a: 1\n  #disable-next-line x\n  b: 2 /* c: 3 */\n}\n"),
        ["T w {b=2} @4"]
    );
}

#[test]
fn what_is_broken_loses_little() {
    let note = "not valid Bicep here; what it sets may be missed";
    let (assets, notes) = notes("main.bicep", "param\nresource w 'T@1' = {\n  a b\n  c: 1\n}\n)\nvar x = 1 2\nvar y = 3\n");
    assert_eq!(assets, ["T w {c=1} @2", "variable x {value=1} @7", "variable y {value=3} @8"]);
    assert_eq!(notes, [format!("{note} @1")]);
}

#[test]
fn a_header_ends_before_the_sign() {
    let text = "resource w 'T@1' existing = {\n}\n";
    let source = Source::new(ArtifactPath::new("main.bicep"), text.as_bytes());
    let mut document = Document::new(&source);
    Bicep.parse(&source, &mut document);
    assert_eq!(document.assets[0].location.span.slice(text.as_bytes()), b"resource w 'T@1' existing");
}

#[test]
fn depth_and_number_are_bounded() {
    let child = "resource a 'b' = {\n";
    for unit in ["{", "[", "(", "var a = {", "var a = [", "a:{", "var a = '${", child, "@a(", "'''", "/*", "param a\n|", "@"] {
        let text = unit.repeat(100_000);
        let source = Source::new(ArtifactPath::new("main.bicep"), text.as_bytes());
        Bicep.parse(&source, &mut Document::new(&source));
    }
    let (assets, notes) = notes("main.bicep", &"var a = 1\n".repeat(MAXIMUM_ASSETS + 5));
    assert_eq!((assets.len(), notes.len()), (MAXIMUM_ASSETS, 1));
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let source = Source::new(ArtifactPath::new("main.bicep"), &bytes);
        Bicep.parse(&source, &mut Document::new(&source));
    }

    #[test]
    fn any_order_of_its_signs_is_survived(text in "([a-c]|[\\[\\]{}()='$@.:?!|<,#/*\n ]|for |in |if |'''|\\$\\{|resource a 'b' = |param |var a = ){0,80}") {
        let source = Source::new(ArtifactPath::new("main.bicep"), text.as_bytes());
        Bicep.parse(&source, &mut Document::new(&source));
    }
}
