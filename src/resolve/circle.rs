//! Files that include each other in a circle. Nothing follows a circle twice, so this only tells the user.

use std::collections::BTreeMap;

use crate::model::{ArtifactPath, Link, Notification, NotificationKind, ReferenceKind};

/// How far a depth-first search has come with an artifact.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Done,
}

/// One notification a reference that closes a circle. Depth-first, without recursion: a chain of includes may be
/// as long as the repository has files.
pub(super) fn circles(links: &[Link]) -> Vec<Notification> {
    let mut includes: BTreeMap<&ArtifactPath, Vec<&Link>> = BTreeMap::new();
    for link in links {
        if matches!(link.reference.kind, ReferenceKind::Requirements | ReferenceKind::Constraints) {
            includes.entry(&link.reference.location.path).or_default().push(link);
        }
    }
    let mut found = Vec::new();
    let mut states: BTreeMap<&ArtifactPath, State> = BTreeMap::new();
    for start in includes.keys() {
        // (artifact, how many of its links were followed)
        let mut stack: Vec<(&ArtifactPath, usize)> = vec![(start, 0)];
        while let Some((path, next)) = stack.pop() {
            if next == 0 {
                if states.contains_key(path) {
                    continue;
                }
                states.insert(path, State::Open);
            }
            let Some(link) = includes.get(path).and_then(|links| links.get(next)) else {
                states.insert(path, State::Done);
                continue;
            };
            stack.push((path, next + 1));
            match states.get(&link.target) {
                None => stack.push((&link.target, 0)),
                Some(State::Open) => {
                    let message = format!("includes '{}', which includes this file again", link.target);
                    let notification = Notification::new(path, NotificationKind::Malformed, message);
                    found.push(notification.at_line(link.reference.location.start.line));
                }
                Some(State::Done) => {}
            }
        }
    }
    found
}
