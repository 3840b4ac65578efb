//! Python code that loads what may run code: which call, on what, and what the repository knows of that.
//!
//! `patterns/loaders.toml` says which calls and which arguments. A call is joined with the artifact that it names, with
//! what that imports, and with the version of torch that the repository declares.

use std::sync::Arc;

use super::{Detector, Found};
use crate::context::Context;
use crate::model::{
    Call, Confidence, Facts, Finding, Fingerprint, Group, Literal, Related, Repository, Rule, Severity,
};

mod join;
pub mod policy;
mod rule;
mod torch;

use join::{Givers, Loaded, Names, Origin};
use policy::{LOADERS, Level, Loader, Verdict};
use torch::{Declared, TorchDefault};

/// The detector.
pub struct UnsafeLoader;

impl Detector for UnsafeLoader {
    fn name(&self) -> &'static str {
        "loader"
    }

    fn group(&self) -> Group {
        Group::Models
    }

    fn rules(&self, _context: &Context) -> Vec<Arc<Rule>> {
        rule::all()
    }

    fn conclude(&self, repository: &Repository, _context: &Context, found: &mut Found) {
        let (declared, names) = (Declared::of(repository), Names::new(&repository.files));
        for facts in &repository.artifacts {
            let (mut torch, mut givers) = (None, None);
            for call in &facts.calls {
                let Some((loader, verdict)) = LOADERS.judge(call) else { continue };
                if loader.data && join::is_round_trip(call, facts) {
                    continue;
                }
                let torch = torch.get_or_insert_with(|| declared.default_for(&facts.path));
                let givers = givers.get_or_insert_with(|| Givers::of(facts));
                found.findings.push(Judged { call, loader, verdict, facts, givers, repository, names: &names, torch }.finding());
            }
        }
    }
}

struct Judged<'c, 'r> {
    call: &'c Call,
    loader: &'static Loader,
    verdict: Verdict,
    facts: &'c Facts,
    givers: &'c Givers<'c>,
    repository: &'r Repository,
    names: &'c Names<'r>,
    torch: &'c TorchDefault,
}

impl Judged<'_, '_> {
    fn finding(&self) -> Finding {
        let call = self.call;
        let function = &call.function;
        let mut level = self.verdict.level;
        let mut message = format!("`{function}` {}.", self.verdict.says);
        let by_default = self.loader.torch && !self.verdict.explicit && !self.verdict.unknown;
        let refuses = by_default && matches!(self.torch, TorchDefault::Refuses(_));
        if by_default {
            message.push_str(&match self.torch {
                TorchDefault::Refuses(declared) => format!(" {declared}, which refuses code by default; say weights_only=True."),
                TorchDefault::Allows(declared) => format!(" {declared}, which does so by default."),
                TorchDefault::MayAllow(declared) => format!(" {declared}; before 2.6 it does so by default."),
                TorchDefault::Unknown => " Before torch 2.6 it does so by default.".to_owned(),
            });
        }
        if refuses {
            level = Level::Note;
        }
        if self.verdict.unknown {
            message.push_str(" Whether it does here cannot be told: the argument is not written out.");
        }
        let loaded = Loaded::of(call, self.facts, self.givers, self.repository, self.names);
        match &loaded.origin {
            // A call that downloads says so already.
            Origin::Remote(from) if !self.verdict.is_download() => {
                message.push_str(&format!(" What it loads comes from the network ({from})."));
                if !refuses {
                    level = self.loader.remote.unwrap_or(Level::Error).max(level);
                }
            }
            Origin::Remote(_) | Origin::Local | Origin::Unknown => {}
        }
        let mut related = Vec::new();
        if let Some(artifact) = &loaded.artifact {
            message.push_str(&format!(" It loads '{}'", artifact.path));
            match &artifact.danger {
                Some(danger) => {
                    message.push_str(&format!(", which is dangerous: {}", danger.message));
                    related.push(Related { message: "what is loaded".to_owned(), location: danger.location.clone() });
                    level = Level::Error;
                    if refuses {
                        message.push_str(" The torch that is declared here refuses to load it; an older one runs it.");
                    }
                }
                None if artifact.imports > 0 => {
                    message.push_str(&format!(", which imports {} names, none of them known as dangerous.", artifact.imports));
                }
                None => message.push_str(", which is in this repository."),
            }
            if let Some(written) = artifact.sklearn {
                message.push_str(&join::sklearn_says(written, self.repository));
            }
        }
        let place = call.positional.iter().chain(call.keyword.iter().map(|(_, argument)| argument));
        let arguments: Vec<String> = place.map(|argument| shape(&argument.value)).collect();
        let identity = Fingerprint::new("loader", &[self.facts.path.as_str(), function, &arguments.join(",")]);
        let rule = self.verdict.rule();
        let confidence = match (self.verdict.unknown, self.verdict.by_suffix) {
            (true, _) => Confidence::Low,
            (false, true) => Confidence::Medium,
            (false, false) => Confidence::High,
        };
        let mut finding = Finding::new(rule, confidence, message, call.location.clone(), identity);
        finding.severity = match level {
            Level::Note => Severity::Low,
            Level::Warning => Severity::Medium,
            Level::Error => Severity::High,
        };
        finding.related = related;
        finding.advice = format!("use instead: {}", self.verdict.instead);
        finding
    }
}

/// What of an argument enters a fingerprint: never text that may be a secret.
fn shape(value: &Literal) -> String {
    match value {
        Literal::Text(text) => format!("text{}", text.len()),
        Literal::Boolean(value) => value.to_string(),
        Literal::Name(name) => name.clone(),
        Literal::Integer(number) => number.to_string(),
        Literal::None => "None".to_owned(),
        Literal::List(_) => "list".to_owned(),
        Literal::Mapping(_) => "mapping".to_owned(),
        Literal::Other => "?".to_owned(),
    }
}

#[cfg(test)]
mod tests;
