//! `redan advisories update`.

use std::io::{IsTerminal, Write};
use std::path::Path;

use anyhow::anyhow;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{UpdateArguments, failure, printable};
use crate::advisory::bulk;
use crate::advisory::http::{self, Http};
use crate::advisory::refresh::{self, Kind, Options, Refreshed};
use crate::advisory::{Advisories, Database, database};
use crate::cli::{Exit, Failure};

pub(super) fn update(arguments: &UpdateArguments, database: &Database) -> Result<Exit, Failure> {
    let is_url = arguments.from.contains("://");
    if is_url && arguments.offline {
        let help = "download all.zip elsewhere and give it with --from";
        return Err(Failure::usage(anyhow!("--offline forbids to fetch {}", http::shown(&arguments.from)), help));
    }
    if let Err(error @ database::Error::Schema { .. }) = database.head()
        && !arguments.full
    {
        let help = error.help();
        return Err(Failure::incomplete(error, help));
    }
    let options = Options {
        full: arguments.full,
        force: arguments.force,
        known: Advisories::embedded().data().records,
        limits: bulk::Limits::default(),
        now: jiff::Timestamp::now(),
    };
    let waiting = || {
        let _ = writeln!(anstream::stderr(), "waiting for another refresh to end");
    };
    let turn = database.turn(waiting).map_err(|error| failure(error.into()))?;
    let refreshed = if is_url {
        let bar = progress_bar(arguments.quiet);
        let mut progress = |received: u64, of: Option<u64>| {
            bar.set_length(of.unwrap_or(received).max(received));
            bar.set_position(received);
        };
        let result = Http::new(http::Settings::default())
            .map_err(Into::into)
            .and_then(|http| refresh::from_url(database, &turn, &http, &arguments.from, &options, &mut progress));
        bar.finish_and_clear();
        result
    } else {
        refresh::from_path(database, &turn, Path::new(&arguments.from), &options)
    };
    let refreshed = refreshed.map_err(failure)?;
    for warning in &refreshed.warnings {
        let _ = writeln!(anstream::stderr(), "warning: {}", printable(warning));
    }
    if !arguments.quiet {
        let _ = writeln!(std::io::stdout(), "{}", summary(&refreshed));
    }
    Ok(Exit::Clean)
}

fn summary(refreshed: &Refreshed) -> String {
    let Refreshed { kind, head, changed, removed, .. } = refreshed;
    let what = match kind {
        Kind::Unchanged => "nothing has changed".to_owned(),
        Kind::Changes | Kind::Full => format!("{changed} records are new or changed, {removed} are gone"),
    };
    format!("{what}; {} records about {} packages, from {}", head.records, head.packages, printable(&head.source))
}

fn progress_bar(quiet: bool) -> ProgressBar {
    let hidden = quiet || !std::io::stderr().is_terminal() || std::env::var_os("CI").is_some();
    let target = if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(None, target);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {bytes}/{total_bytes} ({bytes_per_sec})") {
        bar.set_style(style);
    }
    bar
}
