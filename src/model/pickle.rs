//! What was understood of pickle streams and other model formats, besides their imports.

use super::location::Location;

/// One pickle stream: one PROTO … STOP, wherever it stands.
#[derive(Clone, Debug)]
pub struct Pickle {
    /// Path of the stream inside its container; empty for a bare pickle.
    pub member: String,
    /// Offset of its first byte in the artifact or member.
    pub start: u64,
    /// One past its last byte that was read.
    pub end: u64,
    /// How far it was read.
    pub extent: Extent,
    /// The highest protocol that it declares.
    pub protocol: u8,
    /// Whether a loader ever gets there.
    pub standing: Standing,
    /// It imports something.
    pub has_imports: bool,
    /// The first opcode that `torch.load(weights_only=True)` refuses.
    pub refused_by_weights_only: Option<&'static str>,
    /// The version of scikit-learn that wrote it, as the state of its first estimator says.
    pub sklearn: Option<String>,
    /// What ordinary picklers never write.
    pub oddities: Vec<Oddity>,
    /// Where it starts.
    pub location: Location,
}

/// How far a stream was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// To its STOP.
    Whole,
    /// A loader stops here with an error; what came before has run.
    Broken {
        /// Offset of the opcode that fails.
        offset: u64,
        /// Why.
        reason: &'static str,
    },
    /// A budget of ours ended the reading, or what we kept was not enough to go on.
    Unread {
        /// Where the reading ended.
        offset: u64,
        /// Why.
        reason: &'static str,
    },
}

/// Who would load a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A loader that is given the file.
    Loaded,
    /// The function that the stream around it calls with these bytes.
    PassedTo(String),
    /// Nobody that is known: bytes inside another pickle that are not passed to a call, a stream appended to a file of
    /// another kind or behind junk.
    Dormant,
    /// Text in a program or a document, encoded.
    Encoded,
}

/// Something that ordinary picklers never write.
#[derive(Clone, Debug)]
pub struct Oddity {
    /// What.
    pub kind: OddityKind,
    /// Offset of the opcode.
    pub offset: u64,
    /// The name involved, if any; hostile, never a secret.
    pub detail: String,
    /// False after the point where every loader has stopped.
    pub reachable: bool,
    /// Where in the file.
    pub location: Location,
}

/// Kinds of [`Oddity`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OddityKind {
    /// What is called is the result of another call.
    ComputedCallee,
    /// BUILD sets attributes of an imported class or module instead of an instance.
    BuildOnImport,
    /// BUILD plants a method such as `__setstate__` on an instance.
    PlantedMethod,
    /// An EXT opcode: an import by number.
    ExtensionCode,
    /// A persistent id outside of a torch archive.
    PersistentId,
    /// Thousands of DUP opcodes: the stream grows in memory when it is loaded.
    Duplication,
}

/// A fact about a model file that is no pickle: an operator, a layer, a template, a path.
#[derive(Clone, Debug)]
pub struct ModelTrait {
    /// Which format, as the policy names it: `keras`, `savedmodel`, `onnx`, `gguf`, `safetensors`, `skops`, `npy`,
    /// `zip`, `torchscript`, `7z`.
    pub format: &'static str,
    /// What kind of fact: `layer`, `operator`, `domain`, `external-path`, `template`, `type`, `header`.
    pub kind: &'static str,
    /// The fact, as the file says it, cut; hostile.
    pub value: String,
    /// Where in the file.
    pub location: Location,
}
