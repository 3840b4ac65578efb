//! Archives and compressed files, recognised by their bytes whatever their name: zip, tar, gzip, bzip2, xz, lzma, zlib,
//! zstd, lz4, 7z, the header of old joblib files. RAR is recognised and said not to be read.
//!
//! Members are handed out that some parser claims by their beginning; tensors and other data are not even inflated.
//! Headers may lie, as an attacker's do: see [`zip`].

use std::io::{Read, Seek, SeekFrom};

use super::{Budget, Member, Parser, strings};
use crate::model::{ArtifactPath, Document, Groups, Location, ModelTrait, NotificationKind, Source, Span};

mod compressed;
#[cfg(feature = "sevenz")]
mod sevenz;
mod tar;
#[cfg(test)]
mod tests;
mod zip;

/// How much of a member is inflated to see what it is.
const HEAD: usize = 32 << 10;
/// How much of it is looked at first.
const GLANCE: usize = 512;
/// Of a larger member of unknown kind, the beginning alone is searched for texts.
const MAX_DATA: u64 = 8 << 20;
/// Of a larger program or picture, the beginning alone is searched for a pickle.
const MAX_CARRIER: u64 = 8 << 20;
/// A larger member is not read.
const MAX_MEMBER: u64 = 256 << 20;

/// A file that holds others.
pub struct Container;

impl Parser for Container {
    fn name(&self) -> &'static str {
        "container"
    }

    fn reads(&self) -> &'static str {
        "zip, tar, 7z, gzip, bzip2, xz, lzma, zlib and zstd, for what is inside, under any name"
    }

    fn claims(&self, path: &ArtifactPath, head: &[u8]) -> bool {
        kind(path, head).is_some()
    }

    fn parse<'a>(&self, source: &'a Source<'a>, document: &mut Document<'a>) {
        if !super::text::is_text(source.text()) {
            document.take_text();
        }
        match kind(&source.path, source.text()) {
            Some(Kind::Closed(format)) => closed(format, source, document),
            #[cfg(feature = "sevenz")]
            Some(Kind::Sevenz) => {
                let Ok(mut reader) = source.reader() else { return };
                if !sevenz::is_readable(&mut *reader) {
                    closed("7z", source, document);
                }
            }
            // What is odd about a zip file concerns models alone.
            Some(Kind::Zip) if document.wanted.overlaps(Groups::MODELS) => {
                let Ok(mut reader) = source.reader() else { return };
                for odd in zip::Directory::read(&mut *reader).oddities {
                    document.model_traits.push(ModelTrait { format: "zip", kind: "header", value: odd, location: whole(source) });
                }
            }
            _ => {}
        }
    }

    fn unpack(&self, source: &Source<'_>, budget: &mut Budget, each: &mut dyn FnMut(Member<'_>, &mut Budget)) {
        let mut reader = match source.reader() {
            Ok(reader) => reader,
            Err(error) => {
                budget.note(NotificationKind::Unreadable, format!("could not be read: {error}"));
                return;
            }
        };
        match kind(&source.path, source.text()) {
            Some(Kind::Zip) => zip::unpack(&mut *reader, source, budget, each),
            Some(Kind::Tar) => tar::unpack(&mut tar::OnDisk(&mut *reader), source, budget, each),
            Some(Kind::Compressed(codec)) => compressed::unpack(&mut *reader, codec, source, budget, each),
            #[cfg(feature = "sevenz")]
            Some(Kind::Sevenz) => sevenz::unpack(&mut *reader, source, budget, each),
            Some(Kind::Closed(_)) | None => {}
        }
    }
}

/// Says that an archive was not read; nothing in it may look clean.
fn closed(format: &'static str, source: &Source<'_>, document: &mut Document<'_>) {
    document.notify(NotificationKind::Unsupported, format!("a {format} archive: its members were not read"));
    document.model_traits.push(ModelTrait { format, kind: "archive", value: source.path.extension().as_str().to_owned(), location: whole(source) });
}

/// What a container is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Zip,
    Tar,
    Compressed(compressed::Codec),
    #[cfg(feature = "sevenz")]
    Sevenz,
    /// Recognised, not read.
    Closed(&'static str),
}

fn kind(path: &ArtifactPath, head: &[u8]) -> Option<Kind> {
    match head {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, b'P', b'K', ..] => return Some(Kind::Zip),
        #[cfg(feature = "sevenz")]
        [b'7', b'z', 0xBC, 0xAF, 0x27, 0x1C, ..] => return Some(Kind::Sevenz),
        #[cfg(not(feature = "sevenz"))]
        [b'7', b'z', 0xBC, 0xAF, 0x27, 0x1C, ..] => return Some(Kind::Closed("7z")),
        [b'R', b'a', b'r', b'!', 0x1A, 0x07, ..] => return Some(Kind::Closed("RAR")),
        _ => {}
    }
    if tar::is_header(head) {
        return Some(Kind::Tar);
    }
    if let Some(codec) = compressed::codec(head) {
        return Some(Kind::Compressed(codec));
    }
    // A zip may begin anywhere: behind a program, a pickle, a comment.
    let named = matches!(path.extension().as_str(), "pt" | "pth" | "zip" | "bin" | "ckpt" | "npz" | "keras" | "mar" | "whl" | "egg" | "skops" | "ptl");
    let may_hold = named || !super::text::is_text(head);
    (may_hold && memchr::memmem::find(head, b"PK\x03\x04").is_some()).then_some(Kind::Zip)
}

/// Hands the reader of a member's decompressed bytes, from the start, to whoever is given; may be called again.
type Open<'o> = dyn FnMut(&mut dyn FnMut(&mut dyn Read)) + 'o;

/// Hands a member out if some parser wants it. `open` gives its decompressed bytes from the start, each time.
fn offer(
    path: &str,
    open: &mut Open<'_>,
    source: &Source<'_>,
    budget: &mut Budget,
    each: &mut dyn FnMut(Member<'_>, &mut Budget),
) {
    if budget.members == 0 || budget.bytes == 0 {
        budget.note(NotificationKind::BudgetExceeded, format!("'{path}' and what follows it was not unpacked"));
        return;
    }
    budget.members -= 1;
    let member = source.path.member(path);
    let limit = budget.bytes.min(MAX_MEMBER);
    let wanted = budget.wanted;
    let claim = |bytes: &[u8]| super::claiming(&member, bytes, wanted);
    let mut is_searched = true;
    let (mut bytes, mut claimed, mut error) = (Vec::new(), false, Some("its stream does not begin".to_owned()));
    open(&mut |reader| {
        error = None;
        if let Err(trouble) = reader.take((GLANCE as u64).min(limit + 1)).read_to_end(&mut bytes) {
            error = Some(trouble.to_string());
        }
        // Compiled classes and pictures by the thousand are told by their first bytes.
        if bytes.len() == GLANCE && strings::is_inert(&bytes) && claim(&bytes).is_empty() {
            is_searched = !super::leaves_secrets(&[], wanted);
            return;
        }
        if error.is_none()
            && let Err(trouble) = reader.take((HEAD as u64).min(limit + 1).saturating_sub(GLANCE as u64)).read_to_end(&mut bytes)
        {
            error = Some(trouble.to_string());
        }
        let parsers = claim(&bytes);
        let claims: Vec<&str> = parsers.iter().map(|parser| parser.name()).collect();
        let only_strings = claims == ["strings"];
        let is_tensor = only_strings && is_storage(path) && !wanted.exhaustive;
        is_searched = !is_tensor && !super::leaves_secrets(&parsers, wanted);
        claimed = !claims.is_empty() && !is_tensor;
        // Of data in which nothing but texts is looked for, tensors above all, only the small are worth inflating.
        let most = match claims[..] {
            ["strings"] => limit.min(MAX_DATA),
            ["hidden_pickle"] => limit.min(MAX_CARRIER),
            _ => limit,
        };
        if claimed && error.is_none()
            && let Err(trouble) = reader.take((most + 1).saturating_sub(bytes.len() as u64)).read_to_end(&mut bytes)
        {
            error = Some(trouble.to_string());
        }
        if claimed && only_strings && bytes.len() as u64 > most && most < limit {
            let message = format!("of '{path}' the first {} MiB alone were searched for secrets", MAX_DATA >> 20);
            budget.note(NotificationKind::BudgetExceeded, message);
            bytes.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        }
    });
    budget.unsearched += u64::from(!is_searched);
    budget.bytes = budget.bytes.saturating_sub(bytes.len() as u64);
    if let Some(error) = error {
        // What was inflated before the error is there for a loader as well.
        budget.note(NotificationKind::Malformed, format!("'{path}' could not be unpacked to its end: {error}"));
    }
    if bytes.len() as u64 > limit && claimed {
        let message = format!("'{path}' is larger than what is unpacked ({} MiB)", limit >> 20);
        budget.note(NotificationKind::BudgetExceeded, message);
        bytes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    }
    if claimed {
        each(Member { path: path.to_owned(), bytes: &bytes }, budget);
    }
}

/// `archive/data/17` of torch's format: the numbers of a tensor, which no loader unpickles.
fn is_storage(path: &str) -> bool {
    path.rsplit_once("data/").is_some_and(|(_, name)| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A part of a file, as a reader.
struct Part<'r, R: Read + Seek + ?Sized> {
    reader: &'r mut R,
    left: u64,
}

impl<'r, R: Read + Seek + ?Sized> Part<'r, R> {
    fn new(reader: &'r mut R, start: u64, length: u64) -> std::io::Result<Self> {
        reader.seek(SeekFrom::Start(start))?;
        Ok(Self { reader, left: length })
    }
}

impl<R: Read + Seek + ?Sized> Read for Part<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let count = match buffer.get_mut(..wanted) {
            Some(buffer) => self.reader.read(buffer)?,
            None => 0,
        };
        self.left = self.left.saturating_sub(count as u64);
        Ok(count)
    }
}

fn whole(source: &Source<'_>) -> Location {
    source.location(Span::default())
}
