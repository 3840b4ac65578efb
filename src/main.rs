//! Parses the arguments, calls the library, turns the outcome into an exit code. Nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    redan::cli::main(std::env::args_os())
}
