//! redan audits a machine-learning repository: which declared package has a known flaw, which secret is
//! lying in a notebook, which model file runs code when it is loaded, which Azure ML resource is open to the internet.
//!
//! **walk → classify → parse → detect → resolve → conclude → filter → report**: [`scan`] reads as that
//! sentence. A stage is a file or folder named by its verb; the nouns they share live in [`model`].
//! A module imports only modules of lower floors (`tests/tidy.rs` enforces it):
//!
//! ```text
//! 5  cli, main
//! 4  scan, fix, lsp          know all stages
//! 3  walk read classify parse resolve detect filter report     never import each other
//!                            (exception: classify asks the list of parse)
//! 2  advisory pattern config context     knowledge
//! 1  version search          arithmetic of versions, many texts in one pass
//! 0  model                   nouns
//! ```

pub mod advisory;
pub mod classify;
pub mod cli;
pub mod config;
pub mod context;
pub mod detect;
pub mod filter;
pub mod fix;
pub mod lsp;
pub mod model;
pub mod parse;
pub mod pattern;
pub mod read;
pub mod report;
pub mod resolve;
pub mod scan;
pub mod search;
pub mod version;
pub mod walk;
