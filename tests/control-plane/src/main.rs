//! Builds and runs the real Kubernetes control plane on loopback: the program `control-plane`.
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use clap::{Parser, Subcommand};
use control_plane::{ControlPlane, Error, Options};
use signal_hook::consts::{SIGCHLD, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// The real Kubernetes control plane (etcd, kube-apiserver, kube-controller-manager) on loopback, for tests and
/// demonstrations. There is no kubelet: pods are accepted and never run.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Build etcd, kube-apiserver, kube-controller-manager and kubectl with Go, as far as they are not up to date.
    ///
    /// They go to target/control-plane/bin of the repository. The first time takes about 8 minutes on two
    /// cores; later ones take no time. Prints the folder.
    Build,
    /// Run a control plane until SIGTERM or SIGINT (Ctrl-C).
    ///
    /// Writes DIR/kubeconfig and prints its path when everything is ready, then stays. Data, keys and logs of an
    /// earlier run in DIR are removed first. Ends with status 1 and the end of the log when a program ends that
    /// nobody stopped. No program outlives this one, also when it is killed with SIGKILL.
    ///
    /// Builds what is missing first; where KUBEBUILDER_ASSETS is set, it uses the programs of that folder
    /// (etcd, kube-apiserver, kubectl and, if it is there, kube-controller-manager) and builds nothing.
    Serve(Serve),
}

#[derive(Debug, clap::Args)]
struct Serve {
    /// The folder for the kubeconfigs, the data and the logs. Made if it is not there.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// A folder with a kustomization to apply once the API server is ready, for example deploy/.
    #[arg(long, value_name = "DIR")]
    deploy: Option<PathBuf>,
    /// Also write DIR/NAMESPACE.NAME.kubeconfig for this service account, which --deploy makes. May be repeated.
    #[arg(long, value_name = "NAMESPACE/NAME")]
    service_account: Vec<ServiceAccount>,
}

#[derive(Debug, Clone)]
struct ServiceAccount {
    namespace: String,
    name: String,
}

impl FromStr for ServiceAccount {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('/') {
            Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() => {
                Ok(Self { namespace: namespace.to_owned(), name: name.to_owned() })
            }
            _ => Err("write it as NAMESPACE/NAME, for example expressway-system/expressway"),
        }
    }
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Action::Build => control_plane::build(&mut io::stderr()).map(|folder| tell(&folder)),
        Action::Serve(serve) => serve.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("control-plane: {error}");
            ExitCode::FAILURE
        }
    }
}

impl Serve {
    fn run(self) -> Result<(), Error> {
        // A signal before this point ends us at once, and the watchdogs then end the programs.
        let cluster = ControlPlane::start(Options { dir: Some(self.dir), deploy: self.deploy, ..Options::default() })?;
        for ServiceAccount { namespace, name } in &self.service_account {
            cluster.service_account_kubeconfig(namespace, name)?;
        }
        let mut signals = Signals::new([SIGTERM, SIGINT, SIGCHLD])
            .map_err(|source| Error::Io { doing: "listening for signals".to_owned(), source })?;
        // One may have ended before we listened.
        cluster.check()?;
        tell(cluster.admin_kubeconfig());
        for signal in signals.forever() {
            if signal != SIGCHLD {
                break;
            }
            cluster.check()?;
        }
        cluster.stop();
        Ok(())
    }
}

/// One line on standard output. Whoever started us may have stopped reading; that is no reason to end.
fn tell(path: &Path) {
    let mut out = io::stdout();
    let _ = writeln!(out, "{}", path.display()).and_then(|()| out.flush());
}
