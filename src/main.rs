//! The command line of Signoff; everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    signoff::cli::main()
}
