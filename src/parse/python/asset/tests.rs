//! Calls of Azure ML's SDKs in scripts and cells: what becomes an asset, and what does not.

use super::super::Python;
use crate::model::{ArtifactPath, Document, Groups, Source};
use crate::parse::{Parser as _, notebook::Notebook, rendered};
use proptest::prelude::*;

fn read(text: &str) -> Vec<String> {
    rendered::read(&Python, "a.py", text).0
}

#[test]
fn constructors_of_the_second_sdk() {
    let text = "from azure.ai.ml.entities import Workspace, ManagedNetwork, AzureBlobDatastore as Blob, AccountKeyConfiguration\n\
                from azure.ai.ml.constants import IsolationMode\nfrom azure.ai.ml import MLClient, Input\n\
                ACCESS = 'Disabled'\nnetwork = ManagedNetwork(isolation_mode=IsolationMode.DISABLED)\n\
                Workspace(\n    name='w',\n    public_network_access=ACCESS,\n    managed_network=network,\n    tags={'a': 1, **more},\n    x=f\"{y}\", z=None, h=-1.5, on=True,\n)\n\
                Blob('b', credentials=AccountKeyConfiguration(account_key=\"k\"), **options)\n\
                client = MLClient(credential())\nclient.workspaces.begin_create(w)\nInput(path=['p'])\nOther(name='x')\n";
    assert_eq!(
        read(text),
        [
            "azure.ai.ml.entities.ManagedNetwork  {isolation_mode=azure.ai.ml.constants.IsolationMode.DISABLED} @5",
            "azure.ai.ml.entities.Workspace w {name=\"w\", public_network_access=\"Disabled\", \
             managed_network=azure.ai.ml.entities.ManagedNetwork({isolation_mode=azure.ai.ml.constants.IsolationMode.DISABLED}), \
             tags={a=1, **=()}, x=(), z=null, h=-1.5, on=true} @6",
            "azure.ai.ml.entities.AzureBlobDatastore  {0=\"b\", \
             credentials=azure.ai.ml.entities.AccountKeyConfiguration({account_key=\"k\"}), **=()} @13",
            "azure.ai.ml.MLClient().workspaces.begin_create  {0=w} @15",
        ]
    );
}

#[test]
fn calls_of_the_first_sdk() {
    let text = "import os\nfrom azureml.core import Workspace, Datastore\nfrom azureml.core.compute import AmlCompute\nfrom azureml.core.webservice import AciWebservice, AksWebservice\n\
                import azureml.mlflow\nws = Workspace.create(name='w', auth=auth)\n\
                c = AmlCompute.provisioning_configuration(vm_size=S,\n    min_nodes=2)\na = AciWebservice.deploy_configuration(cpu_cores=0.5)\n\
                service.update(auth_enabled=False)\ntarget.enable_ssl('a')\nvalues.update({'x': 1})\nws.get_details()\nDatastore.register_azure_blob_container(ws, account_key=os.environ['K'])\n";
    assert_eq!(
        read(text),
        [
            "import azureml {modules=[\"azureml.core\", \"azureml.core.compute\", \"azureml.core.webservice\", \"azureml.mlflow\"]} @2",
            "azureml.core.Workspace.create w {name=\"w\", auth=auth} @6",
            "azureml.core.compute.AmlCompute.provisioning_configuration  {vm_size=S, min_nodes=2} @7",
            "azureml.core.webservice.AciWebservice.deploy_configuration  {cpu_cores=0.5} @9",
            "service.update  {auth_enabled=false} @10",
            "target.enable_ssl  {0=\"a\"} @11",
            "azureml.core.Datastore.register_azure_blob_container  {0=azureml.core.Workspace.create({name=\"w\", auth=auth}), account_key=()} @14",
        ]
    );
}

#[test]
fn requests_that_are_not_secured() {
    let consumed = "import ssl, os, urllib.request\ndef allowSelfSignedHttps(allowed):\n    if allowed and getattr(ssl, '_create_unverified_context', None):\n        ssl._create_default_https_context = ssl._create_unverified_context\n\
                    allowSelfSignedHttps(True)\nurl = 'http://1.2.3.4/api/v1/endpoint/e/score'\nurllib.request.Request(url, b)\nprint('http://x/other')\n";
    assert_eq!(
        read(consumed),
        [
            "urllib.request.Request  {0=\"http://1.2.3.4/api/v1/endpoint/e/score\", 1=b} @7",
            "unverified_context  {} @4",
        ]
    );
    // Where the function stands elsewhere, its call is all there is.
    assert_eq!(read("import ssl, consume\nconsume.x()\nallowSelfSignedHttps(True)\n"), ["allow_self_signed  {0=true} @3"]);
    assert_eq!(
        read("import ssl\nssl._create_default_https_context = ssl._create_unverified_context\nf(context=ssl._create_unverified_context())\nallowSelfSignedHttps(False)\n"),
        ["unverified_context  {} @3", "unverified_context  {} @2"]
    );
    assert_eq!(
        read("import requests\ns = requests.Session()\ns.post('https://x', json=d, verify=False)\nrequests.get(u, verify=True)\n"),
        ["requests.call  {0=\"https://x\", json=d, verify=false} @3"]
    );
}

#[test]
fn an_address_is_shown_where_it_is_written() {
    let text = "import requests\nurl = 'http://a.azurecontainer.io/score'\n\nrequests.post(url, data=d)\n";
    let source = Source::new(ArtifactPath::new("a.py"), text.as_bytes());
    let mut document = Document::new(&source);
    Python.parse(&source, &mut document);
    let asset = &document.assets[0];
    assert_eq!((asset.location.start.line, asset.settings[0].location.start.line), (4, 2));
    assert_eq!(asset.settings[1].location.span.slice(text.as_bytes()), b"data=d");
}

#[test]
fn commands_that_a_program_runs() {
    assert_eq!(
        read("import os, subprocess\nos.system(f'az ml compute create -n {name} --min-instances 1')\nsubprocess.run(['az', 'acr', 'create', '-n', n])\n"),
        ["az ml compute create  {-n=(), --min-instances=\"1\"} @2", "az acr create  {-n=()} @3"]
    );
}

#[test]
fn cells_of_a_notebook() {
    let text = "{\"cells\": [\n{\"cell_type\": \"code\", \"source\": [\n\"from azureml.core.compute import AmlCompute\\n\",\n\"x = 1\"]},\n\
                {\"cell_type\": \"code\", \"source\": [\n\"from azureml.core import Workspace\\n\",\n\"# c\\n\",\n\"c = AmlCompute.provisioning_configuration(\\n\",\n\"  min_nodes=2)\"]},\n\
                {\"cell_type\": \"code\", \"source\": [\n\"target.update(min_nodes=1)\"]},\n\
                {\"cell_type\": \"markdown\", \"source\": [\"AmlCompute.provisioning_configuration()\"]}],\n\"nbformat\": 4, \"metadata\": {}}";
    let source = Source::new(ArtifactPath::new("a.ipynb"), text.as_bytes());
    let mut document = Document::new(&source);
    Notebook.parse(&source, &mut document);
    assert_eq!(
        rendered::assets(&document),
        [
            "import azureml {modules=[\"azureml.core.compute\", \"azureml.core\"]} @3",
            "azureml.core.compute.AmlCompute.provisioning_configuration  {min_nodes=2} @8",
            "target.update  {min_nodes=1} @11",
        ]
    );
}

#[test]
fn other_scans_have_none() {
    let text = "from azureml.core import Workspace\nWorkspace.create(name='w')\n";
    let source = Source::new(ArtifactPath::new("a.py"), text.as_bytes());
    let mut document = Document::new(&source);
    document.wanted = Groups::MODELS.and(Groups::DEPENDENCIES);
    Python.parse(&source, &mut document);
    assert!(document.assets.is_empty());
}

proptest! {
    #[test]
    fn any_text_is_read(text in "(import azureml\n|from azure.ai.ml.entities import \\*\n|Workspace\\(|a = |a|name=|\\*\\*|\\)|\\[|\\]|\\{|'x': |,|\n|1.5|'|ssl._create_unverified_context|\\PC){0,40}") {
        read(&text);
    }
}
