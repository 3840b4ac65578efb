//! A Python call with resolved names and literal arguments.

use super::location::Location;

/// One call expression.
#[derive(Clone, Debug)]
pub struct Call {
    /// The dotted name after import aliases are resolved: `torch.load`, `azure.ai.ml.entities.Environment`.
    pub function: String,
    /// Positional arguments, in order.
    pub positional: Vec<Argument>,
    /// Keyword arguments, in order.
    pub keyword: Vec<(String, Argument)>,
    /// `**mapping` or `*sequence` is passed, so an argument may be set that is not seen here.
    pub has_splat: bool,
    /// The whole call.
    pub location: Location,
}

impl Call {
    /// The keyword argument `name`.
    pub fn argument(&self, name: &str) -> Option<&Argument> {
        self.keyword.iter().find(|(keyword, _)| keyword == name).map(|(_, argument)| argument)
    }
}

/// An argument and where it stands.
#[derive(Clone, Debug)]
pub struct Argument {
    /// Its value, as far as it is written out.
    pub value: Literal,
    /// Where it stands.
    pub location: Location,
}

/// A value as far as the text of the program says it.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// A string whose whole value is written.
    Text(String),
    /// `True` or `False`.
    Boolean(bool),
    /// An integer that fits.
    Integer(i64),
    /// `None`.
    None,
    /// A list, tuple or set.
    List(Vec<Argument>),
    /// A dictionary with the items whose keys are strings.
    Mapping(Vec<(String, Argument)>),
    /// A name or attribute, dotted, with import aliases resolved: `logging.INFO`, `path`.
    Name(String),
    /// Anything else: not known without running the program.
    Other,
}

impl PartialEq for Argument {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}
