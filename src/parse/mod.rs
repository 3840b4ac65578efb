//! Bytes to [`Document`]: one file per format, and the one list of them.
//!
//! A parser says whether it claims an artifact, and puts what it understood into the document. Every parser
//! that claims an artifact reads it (of a pointer, [`lfs_pointer`] and [`text`] alone), in the order of the list; [`text`]
//! comes last and makes the file one segment where no other parser made segments. No parser knows a detector.

use crate::model::{ArtifactPath, Document, Groups, NotificationKind, Source};

pub mod suppression;

/// Reads one format.
pub trait Parser: Sync {
    /// Its name: the name of its file.
    fn name(&self) -> &'static str;

    /// Which files it reads, in a few words, for the table in the README.
    fn reads(&self) -> &'static str;

    /// True when it should read this artifact. `head` is the beginning of the text (at least 8 KiB where the
    /// file has them). Cheap: it is asked about every file.
    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool;

    /// The groups of findings that come from what it reads. A scan for others leaves it out, so a parser whose segments
    /// or members hold text serves all.
    fn serves(&self) -> Groups {
        Groups::ALL
    }

    /// Adds what it understands to `document`. What it does not understand becomes a notification; it never
    /// panics, and every loop has a bound that the input's length gives.
    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>);

    /// Hands out the members of a container, one at a time, within `budget`. Most formats have none.
    fn unpack(&self, _source: &Source<'_>, _budget: &mut Budget, _each: &mut dyn FnMut(Member<'_>, &mut Budget)) {}
}

/// A file inside a container.
pub struct Member<'m> {
    /// Its path inside the container.
    pub path: String,
    /// Its bytes, decompressed.
    pub bytes: &'m [u8],
}

/// What a scan looks for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The groups of findings.
    pub groups: Groups,
    /// Look for secrets where there hardly are any as well: in machine code, pictures, sound and fonts.
    pub exhaustive: bool,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { groups: Groups::ALL, exhaustive: false }
    }
}

/// The parsers that claim an artifact or a member, in the order of the list.
pub fn claiming(path: &ArtifactPath, head: &[u8], wanted: Wanted) -> Vec<&'static dyn Parser> {
    let asked = PARSERS.iter().copied().filter(|parser| parser.serves().overlaps(wanted.groups));
    let mut parsers: Vec<&dyn Parser> = asked.filter(|parser| parser.claims(path, head)).collect();
    if wanted.exhaustive && wanted.groups.overlaps(Groups::SECRETS) && strings::is_inert(head) {
        parsers.push(&strings::Strings);
    }
    parsers
}

/// True when secrets are looked for, and in none of what these read.
pub fn leaves_secrets(parsers: &[&dyn Parser], wanted: Wanted) -> bool {
    wanted.groups.overlaps(Groups::SECRETS) && !parsers.iter().any(|parser| parser.serves().overlaps(Groups::SECRETS))
}

/// What unpacking one artifact may still cost, over all its members and their members.
#[derive(Clone, Debug)]
pub struct Budget {
    /// Decompressed bytes.
    pub bytes: u64,
    /// Members.
    pub members: u32,
    /// Containers inside containers.
    pub depth: u8,
    /// What is looked for: members in which none of it can be are not unpacked.
    pub wanted: Wanted,
    /// What could not be unpacked; whoever asked takes it.
    pub notes: Vec<(NotificationKind, String)>,
    /// Members in which no secrets were looked for, because of what they are.
    pub unsearched: u64,
    /// How many notes there have been.
    pub noted: usize,
}

impl Budget {
    /// Notes that something was not unpacked.
    pub fn note(&mut self, kind: NotificationKind, message: impl Into<String>) {
        /// An archive of ten thousand broken members needs no ten thousand notes.
        const MAX: usize = 20;
        self.noted = self.noted.saturating_add(1);
        if self.noted <= MAX {
            self.notes.push((kind, message.into()));
        } else if self.noted == MAX + 1 {
            self.notes.push((NotificationKind::BudgetExceeded, "more could not be unpacked than is listed".to_owned()));
        }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            bytes: 1 << 30,
            members: 20_000,
            depth: 4,
            wanted: Wanted::default(),
            notes: Vec::new(),
            unsearched: 0,
            noted: 0,
        }
    }
}

/// Writes the module declarations and the list from one place, so that they cannot disagree.
macro_rules! parsers {
    ($($module:ident :: $parser:ident),* $(,)?) => {
        $(pub mod $module;)*
        /// Every parser, in the order in which they read an artifact.
        pub static PARSERS: &[&dyn Parser] = &[$(&$module::$parser),*];
    };
}

pub mod azure_command;
pub mod azureml_sdk;
pub mod decoded;
pub mod expression;
pub mod ini;
pub mod install_command;
pub mod json;
mod library_calls;
pub mod locked;
pub mod lossy;
mod marshal;
pub mod match_spec;
mod model_facts;
pub mod poetry;
mod protobuf;
#[cfg(test)]
mod rendered;
pub mod requirement;
pub mod setup_py;
pub mod shell;
mod sqlite;
pub mod table_entry;
pub mod toml;
mod toml_commands;
pub mod written;
pub mod yaml;

parsers! {
    requirements::Requirements,
    conda_environment::CondaEnvironment,
    conda_lock::CondaLock,
    conda_explicit::CondaExplicit,
    conda_recipe::CondaRecipe,
    mlflow::Mlflow,
    setup_cfg::SetupCfg,
    pip_conf::PipConf,
    tox_ini::ToxIni,
    tox_toml::ToxToml,
    pixi_lock::PixiLock,
    container::Container,
    npy::Npy,
    pickle::Pickle,
    hidden_pickle::HiddenPickle,
    installed::Installed,
    keras::Keras,
    pytables::Pytables,
    saved_model::SavedModel,
    onnx::Onnx,
    package_lists::PackageLists,
    gguf::Gguf,
    safetensors::Safetensors,
    sbom::Sbom,
    skops::Skops,
    lfs_pointer::LfsPointer,
    torchscript::TorchScript,
    office::Office,
    pyproject::Pyproject,
    pipfile::Pipfile,
    pipfile_lock::PipfileLock,
    pixi_toml::PixiToml,
    poetry_lock::PoetryLock,
    uv_lock::UvLock,
    pdm_lock::PdmLock,
    pylock::Pylock,
    pep723::Pep723,
    python::Python,
    dockerfile::Dockerfile,
    singularity::Singularity,
    azureml::Azureml,
    azureml_asset::AzuremlAsset,
    workflow::Workflow,
    compose::Compose,
    terraform::Terraform,
    bicep::Bicep,
    arm::Arm,
    kubernetes::Kubernetes,
    devcontainer::Devcontainer,
    shell_script::ShellScript,
    notebook::Notebook,
    script_notebook::ScriptNotebook,
    picture::Picture,
    strings::Strings,
    text::Text,
}
