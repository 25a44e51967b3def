//! The Python of the tests that compare with other programs: `W2V_TEST_PYTHON`, else `python3`.

use super::skips::skipped;
use std::path::PathBuf;
use std::process::Command;

/// A Python that can import all `modules`; without one the test is skipped.
#[track_caller]
pub(crate) fn python_with(modules: &[&'static str]) -> Option<PathBuf> {
    let python = std::env::var_os("W2V_TEST_PYTHON").unwrap_or_else(|| "python3".into());
    for &module in modules {
        let problem = match Command::new(&python).args(["-c", &format!("import {module}")]).output()
        {
            Ok(done) if done.status.success() => continue,
            Ok(done) => {
                let said = String::from_utf8_lossy(&done.stderr);
                said.lines().last().unwrap_or("no message").to_owned()
            }
            Err(error) => error.to_string(),
        };
        let reason = format!(
            "{} cannot import it ({problem}); name a Python that can in W2V_TEST_PYTHON",
            python.display()
        );
        skipped(module, reason);
        return None;
    }
    Some(python.into())
}
