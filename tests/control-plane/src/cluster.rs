//! One running control plane: start, use, kill a part of it, stop.
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::certificates::Certificates;
use crate::error::Error;
use crate::flags::{self, PortNumbers, flags};
use crate::go_build::target;
use crate::kubeconfig::{Bearer, kubeconfig};
use crate::kubectl::Kubectl;
use crate::ports::Port;
use crate::programs::{Program, Programs};
use crate::readiness;
use crate::run_folder::RunFolder;
use crate::watchdog::Watched;

/// How often new ports are tried when a program outside took one between our look and its start.
const LAUNCHES: usize = 3;

/// A year: a playground outlives a working day.
const TOKEN_LIFETIME: &str = "8760h";

/// How a control plane is started. The default is one in a folder of its own, with nothing applied.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where data, keys, logs and kubeconfigs go; what an earlier run left there is removed, and the
    /// folder stays after the end. `None`: a new folder under `target/control-plane/runs`, which goes
    /// with [`ControlPlane::stop`], or else when the next one is started.
    pub dir: Option<PathBuf>,
    /// A folder with a kustomization that is applied once the API server is ready, for example the
    /// repository's `deploy/`.
    pub deploy: Option<PathBuf>,
    /// Whether etcd waits until what it stores is on the disk. It need not, unless the machine itself may fail.
    pub is_durable: bool,
}

/// A running control plane. Dropping it stops it; if the process ends without that, however it ends,
/// the programs are killed by their watchdogs.
#[derive(Debug)]
pub struct ControlPlane {
    programs: Programs,
    folder: RunFolder,
    ports: Ports,
    kubectl: Kubectl,
    /// The certificate authority, as PEM.
    authority: String,
    is_durable: bool,
    running: Mutex<BTreeMap<Program, Watched>>,
    ready: bool,
}

#[derive(Debug)]
struct Ports {
    etcd: Port,
    etcd_peer: Port,
    api_server: Port,
}

impl Ports {
    fn claim() -> Result<Self, Error> {
        Ok(Self { etcd: Port::claim()?, etcd_peer: Port::claim()?, api_server: Port::claim()? })
    }

    fn numbers(&self) -> PortNumbers {
        PortNumbers { etcd: self.etcd.number, etcd_peer: self.etcd_peer.number, api_server: self.api_server.number }
    }

    fn server_url(&self) -> String {
        format!("https://127.0.0.1:{}", self.api_server.number)
    }
}

impl ControlPlane {
    /// Starts etcd, the API server and the controller manager with fresh data, ports and certificates,
    /// and returns when all are ready. Programs that are missing are built first (see
    /// [`build`](crate::build)), with progress on standard error; where `KUBEBUILDER_ASSETS` is set,
    /// its programs are used.
    ///
    /// # Errors
    /// What kept a program from being built or from getting ready, with the end of its log.
    pub fn start(options: Options) -> Result<Self, Error> {
        // Not eprintln!: a test's captured output would hide minutes of building.
        let programs = Programs::find(&mut io::stderr())?;
        let folder = match &options.dir {
            Some(dir) => RunFolder::named(dir)?,
            None => RunFolder::temporary(&target().join("runs"))?,
        };
        let certificates = Certificates::generate()?;
        let kubectl = Kubectl {
            program: programs.kubectl.clone(),
            kubeconfig: folder.path(flags::ADMIN_KUBECONFIG),
            cache: folder.path("kubectl-cache"),
        };
        let mut cluster = Self {
            programs,
            folder,
            kubectl,
            ports: Ports::claim()?,
            authority: certificates.authority.clone(),
            is_durable: options.is_durable,
            running: Mutex::default(),
            ready: false,
        };
        cluster.launch_on_free_ports(&certificates)?;
        if let Some(deploy) = &options.deploy {
            cluster.apply(deploy)?;
        }
        cluster.ready = true;
        Ok(cluster)
    }

    /// The kubeconfig of a member of `system:masters`, complete in itself. The API server's `/metrics`
    /// are open to it.
    #[must_use]
    pub fn admin_kubeconfig(&self) -> &Path {
        &self.kubectl.kubeconfig
    }

    /// The kubectl that belongs to this API server.
    #[must_use]
    pub fn kubectl(&self) -> &Path {
        &self.kubectl.program
    }

    /// kubectl as the admin, to add arguments to: with the kubeconfig, a discovery cache of its own (the
    /// common one is keyed by host and port, and ports come back) and without the user's `kuberc`.
    #[must_use]
    pub fn kubectl_command(&self) -> Command {
        self.kubectl.command()
    }

    /// Runs kubectl as the admin and gives its standard output.
    ///
    /// # Errors
    /// [`Error::Kubectl`] with its standard error.
    pub fn run_kubectl<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<String, Error> {
        self.kubectl.run(arguments)
    }

    /// `https://127.0.0.1:PORT`.
    #[must_use]
    pub fn server_url(&self) -> String {
        self.ports.server_url()
    }

    /// `http://127.0.0.1:PORT` of etcd, which asks nobody who they are.
    #[must_use]
    pub fn etcd_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.etcd.number)
    }

    /// The folder with the logs, the data and the kubeconfigs.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.folder.dir()
    }

    /// Whether there is a controller manager: a folder in `KUBEBUILDER_ASSETS` may have none.
    #[must_use]
    pub fn has_controller_manager(&self) -> bool {
        self.programs.path(Program::ControllerManager).is_some()
    }

    /// The process id of a program that runs.
    #[must_use]
    pub fn process_id(&self, program: Program) -> Option<u32> {
        let text = fs::read_to_string(self.folder.traces(program).pid_file).ok()?;
        text.trim().parse().ok()
    }

    /// `kubectl apply --server-side -k`, and waits until the API server serves every custom resource
    /// definition in it.
    ///
    /// # Errors
    /// [`Error::Kubectl`] with what the API server refused, and why.
    pub fn apply(&self, kustomization: &Path) -> Result<(), Error> {
        let folder = kustomization.as_os_str();
        let apply = ["apply", "--server-side", "-o", "name", "-k"].map(OsStr::new);
        let applied = self.kubectl.run(&[&apply[..], &[folder]].concat())?;
        let definitions = applied.lines().filter(|name| name.starts_with("customresourcedefinition"));
        for definition in definitions {
            self.kubectl.run(&["wait", "--for=condition=Established", "--timeout=60s", definition])?;
        }
        Ok(())
    }

    /// A kubeconfig with a token of a service account that exists, good for a year: it may do what its
    /// role bindings allow, and nothing else. The file is `NAMESPACE.NAME.kubeconfig` in [`Self::dir`].
    ///
    /// # Errors
    /// [`Error::Kubectl`] when there is no such service account.
    pub fn service_account_kubeconfig(&self, namespace: &str, name: &str) -> Result<PathBuf, Error> {
        let duration = format!("--duration={TOKEN_LIFETIME}");
        let token = self.kubectl.run(&["create", "token", name, "--namespace", namespace, &duration])?;
        let user = format!("system:serviceaccount:{namespace}:{name}");
        let file = format!("{namespace}.{name}.kubeconfig");
        self.write_kubeconfig(&file, &user, &Bearer::Token(token.trim()))
    }

    /// Whether all programs still run that were not killed.
    ///
    /// # Errors
    /// [`Error::Exited`] for the first that does not, with the end of its log.
    pub fn check(&self) -> Result<(), Error> {
        self.running().values_mut().try_for_each(Watched::check)
    }

    /// `kill -9` of one program, as when its machine fails; returns when it is gone. Nothing happens to
    /// one that does not run.
    pub fn kill(&self, program: Program) {
        // A statement of its own, so that the lock is not held while the program ends.
        let watched = self.running().remove(&program);
        drop(watched);
    }

    /// Starts a program that was killed or has ended, on the same port and data, and returns when it is
    /// ready. Nothing happens to one that runs.
    ///
    /// # Errors
    /// [`Error::NoSuchProgram`] for a controller manager that `KUBEBUILDER_ASSETS` does not have; else
    /// what kept it from getting ready. The API server does not get ready without etcd, and the
    /// controller manager not without the API server.
    pub fn start_again(&self, program: Program) -> Result<(), Error> {
        let mut running = self.running();
        if running.get_mut(&program).is_some_and(|watched| watched.check().is_ok()) {
            return Ok(());
        }
        drop(running.remove(&program));
        let name = program.name();
        let path = self.programs.path(program).ok_or(Error::NoSuchProgram { program: name })?;
        let ports = self.ports.numbers();
        let arguments = flags(program, &self.folder, ports, self.is_durable);
        let mut watched = Watched::start(name, path, &arguments, self.folder.traces(program))?;
        readiness::wait(program, &mut watched, ports, &self.kubectl)?;
        running.insert(program, watched);
        match running.get_mut(&Program::ApiServer) {
            // It serves nothing until it has found its etcd again.
            Some(api_server) if program == Program::Etcd => {
                readiness::wait(Program::ApiServer, api_server, ports, &self.kubectl)
            }
            _ => Ok(()),
        }
    }

    /// Stops all programs and returns when they are gone. Dropping does the same.
    pub fn stop(self) {
        drop(self);
    }

    fn launch_on_free_ports(&mut self, certificates: &Certificates) -> Result<(), Error> {
        for _ in 1..LAUNCHES {
            match self.launch(certificates) {
                Err(error) if error.is_port_taken() => self.ports = Ports::claim()?,
                launched => return launched,
            }
        }
        self.launch(certificates)
    }

    /// Starts everything from nothing.
    fn launch(&mut self, certificates: &Certificates) -> Result<(), Error> {
        self.kill_all();
        self.folder.empty()?;
        self.write_keys(certificates)?;
        Program::ALL
            .into_iter()
            .filter(|program| self.programs.path(*program).is_some())
            .try_for_each(|program| self.start_again(program))
    }

    fn write_keys(&self, certificates: &Certificates) -> Result<(), Error> {
        let Certificates { authority, server, admin, token_key, token_public_key } = certificates;
        self.folder.write_private(flags::AUTHORITY, authority)?;
        self.folder.write_private(flags::SERVER_CERTIFICATE, &server.certificate)?;
        self.folder.write_private(flags::SERVER_KEY, &server.key)?;
        self.folder.write_private(flags::TOKEN_KEY, token_key)?;
        self.folder.write_private(flags::TOKEN_PUBLIC_KEY, token_public_key)?;
        self.write_kubeconfig(flags::ADMIN_KUBECONFIG, "admin", &Bearer::Certificate(admin))?;
        Ok(())
    }

    fn write_kubeconfig(&self, file: &str, user: &str, bearer: &Bearer) -> Result<PathBuf, Error> {
        let text = kubeconfig(&self.server_url(), &self.authority, user, bearer);
        self.folder.write_private(file, &text)
    }

    /// The controller manager first, etcd last: nobody logs the loss of what it needs.
    fn kill_all(&self) {
        let mut running = self.running();
        while let Some((_, watched)) = running.pop_last() {
            drop(watched);
        }
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<Program, Watched>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        self.kill_all();
        // The logs of a start that failed, or of a test that fails, are wanted.
        if self.ready && !thread::panicking() {
            self.folder.discard();
        }
    }
}
