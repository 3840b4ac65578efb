//! A global that a pickle stream asks its loader to import, and what it does with it.

use super::location::Location;

/// One resolved `module.name` of a pickle stream.
#[derive(Clone, Debug)]
pub struct Import {
    /// Module, as the stream names it; `<computed>` when it is the result of a call, `<ext>` for a code of `copyreg`
    /// that nothing in the stream registers.
    pub module: String,
    /// Name inside it; may be dotted; `<computed>` when it is the result of a call.
    pub name: String,
    /// Path of the stream inside its container; empty for a bare pickle.
    pub member: String,
    /// Byte offset of the opcode in its artifact or member.
    pub offset: u64,
    /// The opcode that imports.
    pub opcode: &'static str,
    /// The protocol that the stream had declared by then; below 3, loaders translate Python 2 names.
    pub protocol: u8,
    /// False when it stands after the point where every loader has stopped.
    pub reachable: bool,
    /// Literal arguments of the first call that is made with it, redacted and cut; `None` when it is not called.
    pub called_with: Option<String>,
    /// What is done with it.
    pub uses: Uses,
    /// Where in the file.
    pub location: Location,
}

impl Import {
    /// `module.name`.
    pub fn global(&self) -> String {
        format!("{}.{}", self.module, self.name)
    }
}

/// What a stream does with an import, over all its calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// Called as a function or a class: REDUCE, INST, OBJ.
    pub calls: u32,
    /// Only instantiated through `cls.__new__`: NEWOBJ, NEWOBJ_EX.
    pub instances: u32,
    /// What is returned by a call is itself called.
    pub result_called: bool,
    /// Some argument is the result of another call, or unknown.
    pub computed_arguments: bool,
    /// Some argument is text.
    pub text_arguments: bool,
    /// Every call's arguments are literal bytes, and each was read as a pickle of its own.
    pub only_walked_bytes: bool,
    /// Other imports among the arguments, as `module.name`, at most [`Self::MAX_NAMES`].
    pub global_arguments: Vec<String>,
    /// Identifier-like text among the arguments (an attribute's name), at most [`Self::MAX_NAMES`].
    pub attributes: Vec<String>,
    /// More was passed than is kept here.
    pub cut: bool,
}

impl Uses {
    /// How many names of each kind are kept.
    pub const MAX_NAMES: usize = 8;
}
