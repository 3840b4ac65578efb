//! What a file says about other files, images and indexes.

use super::location::Location;
use super::redact::Redacted;

/// A pointer from one artifact to another artifact or image.
#[derive(Clone, Debug)]
pub struct Reference {
    /// What is pointed at.
    pub kind: ReferenceKind,
    /// As written, with credentials masked: a path relative to the referring file, an image name, an asset URI.
    pub value: Redacted,
    /// Where it stands.
    pub location: Location,
}

/// What a [`Reference`] points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReferenceKind {
    /// `-r FILE`.
    Requirements,
    /// `-c FILE`.
    Constraints,
    /// A conda environment file.
    CondaFile,
    /// Conda dependencies inline.
    InlineConda,
    /// A Dockerfile.
    Dockerfile,
    /// A build context directory.
    BuildContext,
    /// A base image of a Dockerfile stage.
    BaseImage,
    /// An earlier stage of the same Dockerfile, or `scratch`: no image from elsewhere.
    Stage,
    /// An image that an asset names.
    Image,
    /// A file or folder copied into an image.
    CopiedFile,
    /// An Azure ML environment asset: a file, or a registered name.
    Environment,
    /// An Azure ML component or job: a file, or a registered name.
    Component,
    /// The name, or `name:version`, under which this file defines an environment.
    EnvironmentName,
    /// The same of a component.
    ComponentName,
    /// A file that this one writes, and that was read as part of it.
    WrittenFile,
    /// A repository or archive that a package is installed from without saying its name.
    PackageUrl,
    /// A source folder.
    Code,
}

impl ReferenceKind {
    /// The name in inventories.
    pub fn name(self) -> &'static str {
        match self {
            Self::Requirements => "requirements",
            Self::Constraints => "constraints",
            Self::CondaFile => "conda_file",
            Self::InlineConda => "inline_conda",
            Self::Dockerfile => "dockerfile_path",
            Self::BuildContext => "build_context",
            Self::BaseImage => "base_image",
            Self::Stage => "stage",
            Self::Image => "image",
            Self::CopiedFile => "copy",
            Self::Environment => "environment",
            Self::Component => "component",
            Self::EnvironmentName => "environment_name",
            Self::ComponentName => "component_name",
            Self::WrittenFile => "written_file",
            Self::PackageUrl => "package_url",
            Self::Code => "code",
        }
    }
}

/// An option of an installer that changes where packages come from or how they are checked.
#[derive(Clone, Debug)]
pub struct InstallOption {
    /// Which.
    pub kind: OptionKind,
    /// Its value, with credentials masked.
    pub value: Redacted,
    /// Where it stands.
    pub location: Location,
}

/// Kinds of [`InstallOption`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OptionKind {
    /// `--index-url`, `-i`: replaces the default index.
    IndexUrl,
    /// `--extra-index-url`: a further index.
    ExtraIndexUrl,
    /// `--find-links`, `-f`.
    FindLinks,
    /// `--trusted-host`: no certificate check.
    TrustedHost,
    /// `--no-index`.
    NoIndex,
    /// `--require-hashes`.
    RequireHashes,
    /// `--pre`.
    Pre,
    /// `--no-binary`, `--only-binary`, `--prefer-binary`.
    Binary,
    /// A conda channel.
    Channel,
}
