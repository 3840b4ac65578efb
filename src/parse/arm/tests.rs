//! Tests of the parser of ARM templates.

use proptest::prelude::*;

use super::*;
use crate::parse::rendered;

const SCHEMA: &str = "\"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#\"";

fn notes(text: &str) -> (Vec<String>, Vec<String>) {
    rendered::read(&Arm, "azuredeploy.json", text)
}

fn read(text: &str) -> Vec<String> {
    let (assets, notes) = notes(text);
    assert!(notes.is_empty(), "{notes:?}");
    assets
}

fn template(rest: &str) -> Vec<String> {
    read(&format!("{{\n{SCHEMA},\n{rest}}}"))
}

#[test]
fn declarations_and_resources() {
    assert_eq!(
        template(
            "// a comment
\"parameters\": {
  \"access\": { \"type\": \"string\", \"defaultValue\": \"Enabled\", \"allowedValues\": [\"Enabled\"] }
},
\"variables\": { \"n\": \"[parameters('access')]\" },
\"resources\": [
  {
    \"type\": \"Microsoft.X/ys\",
    \"apiVersion\": \"2024-01-01\",
    \"name\": \"[variables('n')]\",
    \"properties\": {
      \"tls\": \"[if(equals(parameters('access'),'Enabled'),'TLS1_2','TLS1_0')]\",
      \"on\": true, \"port\": 22, \"none\": \"[json('null')]\", \"list\": [null],
    },
    \"resources\": [
      { \"type\": \"zs\", \"name\": \"c\" },
      { \"type\": \"Microsoft.X/ys/qs\", \"name\": \"d\" }
    ]
  }
],
\"outputs\": { \"o\": { \"type\": \"string\", \"value\": \"x\" } }
"
        ),
        [
            "parameter parameters.access {type=\"string\", default=\"Enabled\", allowedValues=[\"Enabled\"]} @5",
            "variable variables.n {value=parameters.access} @7",
            "output outputs.o {type=\"string\", value=\"x\"} @23",
            "Microsoft.X/ys [variables('n')] {type=\"Microsoft.X/ys\", apiVersion=\"2024-01-01\", name=variables.n, \
             properties={tls=?:(==(parameters.access, \"Enabled\"), \"TLS1_2\", \"TLS1_0\"), on=true, port=22, none=null, list=[null]}} @10",
            "Microsoft.X/ys/zs c {parent=variables.n, type=\"zs\", name=\"c\"} @18",
            "Microsoft.X/ys/qs d {parent=variables.n, type=\"Microsoft.X/ys/qs\", name=\"d\"} @19",
        ]
    );
}

#[test]
fn resources_by_symbol() {
    assert_eq!(
        template("\"languageVersion\": \"2.0\",\n\"resources\": {\n\"w\": {\n\"existing\": true,\n\"type\": \"Microsoft.X/ys\", \"name\": \"n\" } }"),
        ["Microsoft.X/ys n {existing=true, type=\"Microsoft.X/ys\", name=\"n\"} @7"]
    );
}

#[test]
fn inline_templates() {
    let deployment = |scope: &str| {
        format!(
            "\"resources\": [{{ \"type\": \"Microsoft.Resources/deployments\", \"name\": \"d\", \"properties\": {{ {scope}
\"parameters\": {{ \"p\": {{ \"value\": \"[parameters('q')]\" }} }},
\"template\": {{ \"parameters\": {{ \"p\": {{ \"type\": \"string\" }} }},
\"resources\": [ {{ \"type\": \"Microsoft.X/ys\", \"name\": \"[parameters('p')]\" }} ] }} }} }}]\n"
        )
    };
    assert_eq!(
        template(&deployment("\"expressionEvaluationOptions\": { \"scope\": \"inner\" },")),
        [
            "Microsoft.Resources/deployments d {type=\"Microsoft.Resources/deployments\", name=\"d\", \
             properties={expressionEvaluationOptions={scope=\"inner\"}, parameters={p={value=parameters.q}}}} @3",
            "parameter deployment1.parameters.p {type=\"string\", value=parameters.q} @5",
            "Microsoft.X/ys [parameters('p')] {type=\"Microsoft.X/ys\", name=deployment1.parameters.p} @6",
        ]
    );
    let outer = template(&deployment(""));
    assert_eq!(outer[1], "Microsoft.X/ys [parameters('p')] {type=\"Microsoft.X/ys\", name=parameters.p} @6");
}

#[test]
fn other_json_is_no_template() {
    let path = ArtifactPath::new("a.json");
    assert!(!Arm.claims(&path, b"{\"resources\": []}"));
    assert!(!Arm.claims(&path, b"{\"$schema\": \"https://s.example/2019-04-01/deploymentParameters.json#\"}"));
    assert!(read(&format!("{{ \"properties\": {{ {SCHEMA}, \"resources\": [{{}}] }} }}")).is_empty());
    assert_eq!(notes(&format!("{{ {SCHEMA}, ")).1.len(), 1);
}

#[test]
fn depth_and_number_are_bounded() {
    for unit in ["[", "{\"a\":", "{\"resources\":[", "{\"properties\":{\"template\":{\"resources\":["] {
        notes(&format!("{{ {SCHEMA}, \"resources\": [{}", unit.repeat(100_000)));
    }
    let deep = format!("{}{}", "{\"type\": \"x\", \"resources\": [".repeat(200), "]}".repeat(200));
    let (assets, said) = notes(&format!("{{ {SCHEMA}, \"resources\": [{deep}] }}"));
    assert_eq!((assets.len(), said.len()), (MAXIMUM_DEPTH, 1));
    let (assets, said) = notes(&format!("{{ {SCHEMA}, \"resources\": [{}{{}}] }}", "{},\n".repeat(MAXIMUM_ASSETS)));
    assert_eq!((assets.len(), said.len()), (MAXIMUM_ASSETS, 1));
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let source = Source::new(ArtifactPath::new("a.json"), &bytes);
        Arm.parse(&source, &mut Document::new(&source));
    }

    #[test]
    fn any_expression_is_survived(text in "([a-c]|[\\[\\](){}.,' 0-9-]|if|parameters|equals|concat){0,60}") {
        let text = format!("{{ {SCHEMA}, \"variables\": {{ \"a\": \"[{text}]\" }} }}");
        prop_assert_eq!(read(&text).len(), 1);
    }
}
