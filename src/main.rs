//! trunktop: a terminal dashboard for SIP trunks.

use std::process::ExitCode;

fn main() -> ExitCode {
    trunktop::cli::main()
}
