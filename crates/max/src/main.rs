//! `max`: see `max --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    max::cli::main()
}
