//! Commands that run another one: `sudo`, `env`, `timeout`, `conda run`, `uv run`; and the command behind them.
//!
//! Not shells, whose argument is a text of commands. It follows each tool's manual as far as options take a word.

use super::super::shell::Word;
use super::base_name;

/// The command behind commands that run another one.
pub(super) fn unwrapped(mut words: &[Word]) -> &[Word] {
    // Each turn drops a word at least.
    while let Some(command) = words.first() {
        let rest = words.get(1..).unwrap_or_default();
        let skip = match &*base_name(&command.text) {
            "sudo" | "doas" => options(rest, &["-u", "-g", "-h", "-p", "-C", "-T", "-D", "-R"]),
            "env" => {
                let options = options(rest, &["-u", "-C", "-S"]);
                let assignments = rest.get(options..).unwrap_or_default();
                options + assignments.iter().take_while(|word| word.text.contains('=')).count()
            }
            "time" | "command" | "exec" | "nohup" | "builtin" | "then" | "do" | "ionice" | "winpty" | "call" => {
                options(rest, &[])
            }
            "nice" => options(rest, &["-n"]),
            "timeout" | "retry" => 1 + options(rest, &["-k", "-s"]),
            "conda" | "mamba" | "micromamba" if rest.first().is_some_and(|word| word.text == "run") => {
                1 + options(rest.get(1..).unwrap_or_default(), &["-n", "--name", "-p", "--prefix", "--cwd"])
            }
            "poetry" | "pdm" | "pipenv" | "uv" | "hatch" | "pixi"
                if rest.first().is_some_and(|word| word.text == "run") =>
            {
                const WITH_VALUE: &[&str] = &[
                    "-e",
                    "--with",
                    "--with-requirements",
                    "--with-editable",
                    "-p",
                    "--python",
                    "--project",
                    "--group",
                    "--extra",
                    "--env-file",
                    "--directory",
                    "--index",
                    "--index-url",
                    "--extra-index-url",
                ];
                1 + options(rest.get(1..).unwrap_or_default(), WITH_VALUE)
            }
            _ => return words,
        };
        words = rest.get(skip..).unwrap_or_default();
    }
    words
}

/// How many words at the beginning are options, where those in `with_value` take the next word.
fn options(words: &[Word], with_value: &[&str]) -> usize {
    let mut count = 0;
    while let Some(word) = words.get(count).filter(|word| word.text.starts_with('-')) {
        count += 1 + usize::from(with_value.contains(&word.text.as_str()));
    }
    count
}
