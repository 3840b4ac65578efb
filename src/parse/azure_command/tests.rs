//! Commands of the Azure CLI in every text that holds shell: what becomes an asset, and what does not.

use super::*;
use crate::model::{ArtifactPath, Source};
use crate::parse::{Parser as _, claiming, rendered};
use proptest::prelude::*;

fn read(path: &str, text: &str) -> Vec<String> {
    let source = Source::new(ArtifactPath::new(path), text.as_bytes());
    let mut document = Document::new(&source);
    for parser in claiming(&source.path, text.as_bytes(), crate::parse::Wanted::default()) {
        parser.parse(&source, &mut document);
    }
    rendered::assets(&document)
}

#[test]
fn commands_of_a_script() {
    let text = "# az acr create -n no\nMIN=${2:-0}\nif ! x; then\n  sudo az ml compute create -n c \\\n    --type amlcompute --min-instances \"$MIN\" --tags a=1 b=$X\nfi\n\
                ID=$(az acr create -n $NAME --admin-enabled --sku=Basic --query id | tail -1)\nbash -c 'az vm create --public-ip-address \"\"'\n\
                echo az ml job create\naz config set defaults.group=x -o json\n";
    assert_eq!(
        read("a.sh", text),
        [
            "az ml compute create c {-n=\"c\", --type=\"amlcompute\", --min-instances=\"0\", --tags=[\"a=1\", ()]} @4",
            "az acr create  {-n=(), --admin-enabled=true, --sku=\"Basic\", --query=\"id\"} @7",
            "az vm create  {--public-ip-address=\"\"} @8",
            "az config set  {-o=\"json\"} @10",
        ]
    );
}

#[test]
fn what_is_set_over_a_file() {
    assert_eq!(
        read(
            "a.sh",
            "az ml online-endpoint create -f e.yml --set public_network_access=disabled a.b=$X --set c=1 --no-wait\n"
        ),
        [
            "az ml online-endpoint create  {-f=\"e.yml\", --set=[\"public_network_access=disabled\", ()], --set=\"c=1\", --no-wait=true, \
          set={public_network_access=\"disabled\", a.b=(), c=\"1\"}} @1"
        ]
    );
}

#[test]
fn strings_that_are_evaluated() {
    let text = "f() {\n  cmd=\"az role assignment create --role 'Contributor' --scope $ID\"\n  eval \"$cmd\"\n  cmd='az group list'\n  eval $cmd\n  # cmd=\"az x y $Z\"\n}\n";
    assert_eq!(
        read("a.sh", text),
        ["az group list  {} @5", "az role assignment create  {--role=\"Contributor\", --scope=()} @2"]
    );
    assert_eq!(read("a.sh", "cmd=\"az role assignment create --scope $ID\"\necho \"$cmd\"\n"), Vec::<String>::new());
}

#[test]
fn functions_that_assign_roles() {
    let text = "assign_role () {\n  az role assignment create --assignee \"$1\" --role \"$2\" -o none\n}\nfunction other {\n  az group list\n}\nassign_role \"$ID\" \"Contributor\"\nother 1\n";
    assert_eq!(
        read("a.sh", text),
        [
            "az role assignment create  {--assignee=(), --role=(), -o=\"none\"} @2",
            "az group list  {} @5",
            "call az role assignment create assign_role {0=(), 1=\"Contributor\"} @7",
        ]
    );
}

#[test]
fn every_text_that_holds_shell() {
    assert_eq!(read("Makefile", "x:\n\t@az acr create -n a\n"), ["az acr create a {-n=\"a\"} @2"]);
    assert_eq!(
        read(
            "azure-pipelines.yml",
            "steps:\n- task: AzureCLI@2\n  inputs:\n    inlineScript: 'az storage account create -n $(name) --sku S'\n"
        ),
        ["az storage account create  {-n=(), --sku=\"S\"} @4"]
    );
    assert_eq!(
        read(
            ".github/workflows/a.yml",
            "jobs:\n  a:\n    steps:\n    - uses: Azure/login@v1\n      with:\n        creds: ${{ secrets.C }}\n        enable-AzPSSession: true\n    - run: |\n        az ml workspace create -n ${{ env.W }}\n"
        ),
        ["azure/login  {creds=(), enable-AzPSSession=true} @4", "az ml workspace create  {-n=()} @9"]
    );
    assert_eq!(
        read("Dockerfile", "FROM a\nRUN az login --identity && az acr list\n"),
        ["az login  {--identity=true} @2", "az acr list  {} @2"]
    );
    assert_eq!(read("run.bat", "call az.cmd group create -n %NAME%\n"), ["az group create  {-n=()} @1"]);
}

#[test]
fn cells_of_a_notebook() {
    let text = "{\"cells\": [\n{\"cell_type\": \"code\", \"source\": [\n\"!az ml workspace create -n w\\n\",\n\"x = 1\"]},\n\
                {\"cell_type\": \"code\", \"source\": [\n\"%%bash\\n\",\n\"az ml compute create \\\\\\n\",\n\" --min-instances 2\\n\"]},\n\
                {\"cell_type\": \"markdown\", \"source\": [\"!az ml no\"]}],\n\"nbformat\": 4, \"metadata\": {}}";
    assert_eq!(
        read("a.ipynb", text),
        ["az ml workspace create w {-n=\"w\"} @3", "az ml compute create  {--min-instances=\"2\"} @7"]
    );
}

#[test]
fn requests_for_scores() {
    assert_eq!(
        read(
            "a.sh",
            "curl -sk -X POST -H \"Authorization: Bearer $T\" -d @x.json http://1.2.3.4/api/v1/service/s/score\ncurl -k https://x.example/a\ncurl --insecure --data @a \"$SCORING_URI\"\n"
        ),
        [
            "curl  {-s=true, -k=true, -X=\"POST\", -H=(), -d=\"@x.json\", 0=\"http://1.2.3.4/api/v1/service/s/score\"} @1",
            "curl  {--insecure=true, --data=\"@a\", 0=()} @3",
        ]
    );
}

#[test]
fn other_scans_have_none() {
    let text = "pip install a\naz acr create -n a\n";
    let source = Source::new(ArtifactPath::new("a.sh"), text.as_bytes());
    let mut document = Document::new(&source);
    document.wanted = Groups::DEPENDENCIES;
    crate::parse::shell_script::ShellScript.parse(&source, &mut document);
    assert!(document.assets.is_empty() && document.dependencies.len() == 1);
    assert!(!may_be_in(text.as_bytes(), Groups::DEPENDENCIES));
    assert!(!may_be_in(b"lazy a=az\nx.az y", Groups::ALL));
}

#[test]
fn a_place_ends_with_its_line() {
    let text = "  az ml compute create \\\n  --name c\n";
    let source = Source::new(ArtifactPath::new("a.sh"), text.as_bytes());
    let mut document = Document::new(&source);
    crate::parse::shell_script::ShellScript.parse(&source, &mut document);
    assert_eq!(document.assets[0].location.span.slice(text.as_bytes()), b"az ml compute create");
    assert_eq!(document.assets[0].settings[0].location.span.slice(text.as_bytes()), b"--name c");
}

proptest! {
    #[test]
    fn any_text_is_read(text in "(az |ml |--set |-n |a=|'|\"|\\$|`|eval|\n|cmd=\"az |f\\(\\) \\{|\\}|az role assignment create |curl -k |\\\\|\\PC){0,40}") {
        read("a.sh", &text);
        evaluated(text.as_bytes(), Groups::ALL);
    }
}
