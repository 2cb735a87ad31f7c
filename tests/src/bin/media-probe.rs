//! What nodes of tests look into files with: the program does it as `max media-probe`, and the tests have no such program of their own.

use std::process::ExitCode;

fn main() -> ExitCode {
    features::media::run_child(&std::env::args().nth(1).unwrap_or_default())
}
