//! A line on the standard error while a long scan runs, at a terminal only.

use std::io::IsTerminal;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::scan::Progress;

/// Scans that end sooner show nothing.
const QUIET: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(100);

/// Runs `work` and shows how far it is. With `quiet`, or where the standard error is no terminal, just runs it.
pub fn watch<T>(quiet: bool, progress: &Progress, work: impl FnOnce() -> T) -> T {
    if quiet || !std::io::stderr().is_terminal() || std::env::var_os("CI").is_some() {
        return work();
    }
    let (stop, stopped) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if stopped.recv_timeout(QUIET) == Err(RecvTimeoutError::Timeout) {
                draw(progress, &stopped);
            }
        });
        let result = work();
        drop(stop);
        result
    })
}

fn draw(progress: &Progress, stopped: &mpsc::Receiver<()>) {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {pos}/{len} files  {msg}  [{elapsed}]") {
        bar.set_style(style);
    }
    let start = std::time::Instant::now();
    while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
        let bytes = progress.bytes.load(Ordering::Relaxed);
        let rate = bytes as f64 / (start.elapsed() + QUIET).as_secs_f64();
        bar.set_length(progress.total.load(Ordering::Relaxed));
        bar.set_position(progress.done.load(Ordering::Relaxed));
        bar.set_message(format!("{} ({}/s)", HumanBytes(bytes), HumanBytes(rate as u64)));
        bar.tick();
    }
    bar.finish_and_clear();
}
