//! Terraform and OpenTofu (HCL native syntax, <https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md>): every block
//! as an asset with what is set in it.
//!
//! Resources of all providers, data sources, modules, variables, locals, outputs, providers with their versions, and the
//! values of `*.tfvars`. Nothing is evaluated, no module is followed, no JSON (`*.tf.json`) is read. A `dynamic` block is the
//! block that it makes; the first label of a nested block is its setting `type`.

use super::expression::{Reader, Syntax};
use super::{Parser, install_command, text};
use crate::model::{
    ArtifactPath, Asset, Dialect, Document, Given, Groups, Location, NotificationKind, OffsetMap, Setting, Source,
    Span, last_part,
};

/// Terraform files.
pub struct Terraform;

/// Assets of one file that are kept; those of large modules have some hundreds.
const MAXIMUM_ASSETS: usize = 20_000;

/// Blocks that stand in no other, but for `data` and `provider`, which few write at the beginning of a line there.
const TOP_LEVEL: [&str; 8] = ["resource", "data", "module", "variable", "output", "provider", "locals", "terraform"];

impl Parser for Terraform {
    fn name(&self) -> &'static str {
        "terraform"
    }

    fn reads(&self) -> &'static str {
        "Terraform and OpenTofu, `*.tf`, `*.tofu`, `*.tfvars`, `.terraform.lock.hcl`: resources, what is set in them, and what `local-exec` runs"
    }

    fn serves(&self) -> Groups {
        Groups::POSTURE.and(Groups::DEPENDENCIES)
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        (matches!(path.extension().as_str(), "tf" | "tofu" | "tfvars") || path.file_name() == ".terraform.lock.hcl")
            && text::is_text(head)
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        let mut reader = Reader::new(source, Syntax::Hcl);
        let values = source.path.extension() == "tfvars";
        let locked = source.path.file_name().ends_with(".lock.hcl");
        let first = document.assets.len();
        while let Some(item) = item(&mut reader, true) {
            match item {
                Item::Set(set) if values => document.assets.push(alone("tfvars", "var.", "value", set)),
                Item::Set(_) => reader.malformed(),
                Item::Block(block) if locked => document.assets.extend(lock(block)),
                Item::Block(block) => block.lower(&mut document.assets),
                Item::Nothing => {}
            }
            if document.assets.len() - first > MAXIMUM_ASSETS {
                document.assets.truncate(first + MAXIMUM_ASSETS);
                let message = "more blocks than are read; some are missed";
                document.notify_at(reader.offset(), NotificationKind::BudgetExceeded, message);
                break;
            }
        }
        reader.finish(document, "Terraform");
        let mut commands = Vec::new();
        for asset in document.assets.get(first..).unwrap_or_default() {
            local_commands(&asset.settings, &mut commands);
        }
        for (text, at) in commands {
            let mut map = OffsetMap::default();
            map.push(text.len(), at.start, at.len());
            install_command::read_mapped(&text, map, document);
        }
    }
}

/// A block and where its header stands.
struct Block {
    kind: String,
    labels: Vec<String>,
    settings: Vec<Setting>,
    header: Location,
    /// The first line of it all.
    place: Location,
}

/// One line of a body, or more.
enum Item {
    Set(Setting),
    Block(Block),
    /// What is neither.
    Nothing,
}

impl Block {
    fn lower(self, assets: &mut Vec<Asset>) {
        let label = |index: usize| self.labels.get(index).map_or("", String::as_str);
        let (kind, name) = match self.kind.as_str() {
            "resource" => (label(0).to_owned(), format!("{}.{}", label(0), label(1))),
            "data" | "ephemeral" => {
                (format!("{}.{}", self.kind, label(0)), format!("{}.{}.{}", self.kind, label(0), label(1)))
            }
            "module" | "output" => (self.kind.clone(), format!("{}.{}", self.kind, label(0))),
            "variable" => (self.kind.clone(), format!("var.{}", label(0))),
            "provider" => (self.kind.clone(), label(0).to_owned()),
            "locals" => {
                return assets.extend(self.settings.into_iter().map(|set| alone("local", "local.", "value", set)));
            }
            "terraform" => {
                for set in self.settings.iter().filter(|set| set.name == "required_providers") {
                    if let Given::Group(providers) = &set.value {
                        assets.extend(providers.iter().cloned().map(|set| alone("required_provider", "", "version", set)));
                    }
                }
                (self.kind.clone(), self.kind.clone())
            }
            // `moved`, `import`, `removed`, `check` describe no resource.
            _ => return,
        };
        assets.push(asset(&kind, name, self.settings, self.header));
    }

    /// The block as a setting of the one that it stands in.
    fn into_setting(self) -> Setting {
        let Self { kind, labels, mut settings, header, place: location } = self;
        let mut labels = labels.into_iter();
        if kind == "dynamic" {
            let made = labels.next().unwrap_or_default();
            let content = settings.into_iter().filter(|set| set.name == "content").filter_map(|set| match set.value {
                Given::Group(inner) => Some(inner),
                _ => None,
            });
            return Setting { name: made, value: Given::Group(content.flatten().collect()), location };
        }
        if let Some(label) = labels.next() {
            settings.insert(0, Setting { name: "type".to_owned(), value: Given::Text(label), location: header });
        }
        Setting { name: kind, value: Given::Group(settings), location }
    }
}

fn asset(kind: &str, name: String, settings: Vec<Setting>, location: Location) -> Asset {
    Asset { dialect: Dialect::Terraform, kind: kind.to_owned(), name, settings, location }
}

/// An asset of one line: its settings are those of the group that it is set to, or one that is called `value`.
fn alone(kind: &str, prefix: &str, value: &str, set: Setting) -> Asset {
    let name = format!("{prefix}{}", set.name);
    let location = set.location.clone();
    match set.value {
        Given::Group(settings) if kind == "required_provider" => asset(kind, name, settings, location),
        _ => asset(kind, name, vec![Setting { name: value.to_owned(), ..set }], location),
    }
}

/// A provider of a lock file.
fn lock(block: Block) -> Option<Asset> {
    let address = block.labels.first().filter(|_| block.kind == "provider")?;
    let name = last_part(address).to_owned();
    let version = block.settings.into_iter().filter(|set| set.name == "version").collect();
    Some(asset("locked_provider", name, version, block.header))
}

/// What `local-exec` runs, and where it stands: an expression in it is a variable of the shell that nobody knows.
fn local_commands(settings: &[Setting], found: &mut Vec<(String, Span)>) {
    for provisioner in settings.iter().filter(|set| set.name == "provisioner") {
        let Given::Group(inner) = &provisioner.value else { continue };
        let is_local = inner.iter().any(|set| set.name == "type" && set.value == Given::Text("local-exec".to_owned()));
        for command in inner.iter().filter(|set| is_local && set.name == "command") {
            let text = match &command.value {
                Given::Text(text) => text.clone(),
                Given::Call(join, parts) if join == "+" => parts.iter().map(written).collect(),
                _ => continue,
            };
            found.push((text, command.location.span));
        }
    }
}

fn written(part: &Given) -> &str {
    if let Given::Text(text) = part { text } else { "$VALUE" }
}

/// The next line or block of a body; `None` at its end, which is taken.
fn item(reader: &mut Reader<'_>, top: bool) -> Option<Item> {
    let before = reader.offset();
    reader.any_blanks();
    let start = reader.offset();
    match reader.peek(0) {
        None => {
            if !top {
                reader.malformed();
            }
            return None;
        }
        Some(b'}') if !top => {
            reader.take(b"}");
            return None;
        }
        // A closing brace is missing above.
        Some(_) if !top && at_top_level(reader) => {
            reader.malformed();
            reader.back_to(before);
            return None;
        }
        Some(_) => {}
    }
    let item = read(reader, start);
    reader.blanks();
    let ended = matches!(reader.peek(0), None | Some(b'\n' | b'}')) && reader.offset() > start;
    // Commas between settings are of the first version of the language, and of those who are used to JSON.
    let whole = ended || matches!(item, Some(Item::Set(_))) && reader.take(b",");
    if item.is_none() || !whole {
        reader.malformed();
        reader.skip(b"\n");
        if reader.offset() == start {
            [&b"}"[..], b")", b"]"].iter().any(|bracket| reader.take(bracket));
        }
    }
    Some(item.unwrap_or(Item::Nothing))
}

fn read(reader: &mut Reader<'_>, start: usize) -> Option<Item> {
    let name = label(reader)?;
    let mut end = reader.offset();
    reader.blanks();
    if !reader.starts_with(b"==") && reader.take(b"=") {
        reader.blanks();
        let value = reader.expression();
        return Some(Item::Set(Setting { name, value, location: reader.place(start) }));
    }
    let mut labels = Vec::new();
    while let Some(label) = label(reader) {
        labels.push(label);
        end = reader.offset();
        reader.blanks();
    }
    if !reader.take(b"{") {
        return None;
    }
    let settings = body(reader);
    let header = reader.first_line(Span::new(start, end));
    Some(Item::Block(Block { kind: name, labels, settings, header, place: reader.place(start) }))
}

fn label(reader: &mut Reader<'_>) -> Option<String> {
    if reader.peek(0) != Some(b'"') {
        return reader.identifier().map(str::to_owned);
    }
    let start = reader.offset();
    Some(match reader.text() {
        Given::Text(text) => text,
        _ => reader.written(start),
    })
}

/// What stands behind an opening brace, with the closing one.
fn body(reader: &mut Reader<'_>) -> Vec<Setting> {
    let mut settings = Vec::new();
    let read = reader.nested(|reader| {
        loop {
            match item(reader, false) {
                Some(Item::Set(set)) => reader.keep(&mut settings, set),
                Some(Item::Block(block)) => reader.keep(&mut settings, block.into_setting()),
                Some(Item::Nothing) => {}
                None => break,
            }
        }
    });
    if read.is_none() {
        reader.skip(b"");
        reader.take(b"}");
    }
    settings
}

/// True at the header of a block that stands in no other, at the beginning of a line.
fn at_top_level(reader: &Reader<'_>) -> bool {
    let Some(word) = TOP_LEVEL.iter().find(|word| reader.starts_with(word.as_bytes())) else { return false };
    reader.at_line_start()
        && match reader.peek(word.len()) {
            Some(b' ') => matches!(reader.peek(word.len() + 1), Some(b'"' | b'{')),
            _ => false,
        }
}

#[cfg(test)]
mod tests;
