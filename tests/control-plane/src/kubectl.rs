//! The kubectl of this control plane, kept apart from the settings of whoever runs it.
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

use crate::error::Error;

/// kubectl as the admin.
#[derive(Debug)]
pub(crate) struct Kubectl {
    /// The program.
    pub program: PathBuf,
    /// The admin's kubeconfig.
    pub kubeconfig: PathBuf,
    /// A discovery cache of our own: the common one is by host and port, and ports come back.
    pub cache: PathBuf,
}

impl Kubectl {
    /// A command with the kubeconfig, the cache, and without the user's own preferences (`kuberc`).
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env("KUBECONFIG", &self.kubeconfig).env("KUBECACHEDIR", &self.cache).env("KUBERC", "off");
        command
    }

    /// Runs it and gives what it wrote to standard output.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<String, Error> {
        let mut command = self.command();
        let output =
            command.args(arguments).output().map_err(Error::io(format!("running {}", self.program.display())))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let words: Vec<_> = arguments.iter().map(|word| word.as_ref().to_string_lossy()).collect();
        Err(Error::Kubectl {
            arguments: words.join(" "),
            stderr: String::from_utf8_lossy(&output.stderr).trim_end().to_owned(),
        })
    }
}
