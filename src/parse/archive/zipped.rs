//! Zip archives (PKWARE APPNOTE): <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>.

use std::io::{Read, Seek};

use zip::result::ZipError;

use super::Hand;
use crate::model::NotificationKind;

/// Hands out every member, in the order of the directory.
pub(super) fn unpack(reader: impl Read + Seek, hand: &mut Hand<'_, '_>) {
    let mut archive = match zip::ZipArchive::new(reader) {
        Ok(archive) => archive,
        Err(_) => {
            return hand
                .budget
                .note(NotificationKind::Malformed, "it begins as a zip archive and cannot be read as one");
        }
    };
    for index in 0..archive.len() {
        if !hand.may_go_on() {
            return;
        }
        let name = match archive.name_for_index(index) {
            Some(Ok(name)) => super::shown(&name),
            _ => format!("member {index}"),
        };
        match archive.by_index(index) {
            Ok(mut member) => {
                if member.is_file() {
                    hand.give(&name, &mut member);
                }
            }
            Err(ZipError::UnsupportedArchive(reason)) if reason == ZipError::PASSWORD_REQUIRED => {
                hand.budget.note(NotificationKind::Unsupported, format!("'{name}' is encrypted and was not analysed"));
            }
            Err(ZipError::UnsupportedArchive(_)) => {
                let message = format!("'{name}' is compressed by a method that is not supported and was not analysed");
                hand.budget.note(NotificationKind::Unsupported, message);
            }
            Err(_) => {
                hand.budget.note(NotificationKind::Malformed, format!("'{name}' could not be unpacked"));
            }
        }
    }
}
