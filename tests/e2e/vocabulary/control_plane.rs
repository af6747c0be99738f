//! The control planes of this test binary, with `deploy/` applied, and who may count on being alone in them.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::{LazyLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use control_plane::{ControlPlane, Options};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use tokio::runtime::Runtime;

/// Runs the simulators and the client; the stories themselves are plain threads.
pub static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// A control plane with `deploy/` applied, as all that people and the controller need of it.
pub struct Cluster {
    /// Its programs.
    pub control_plane: ControlPlane,
    /// What the shipped service account may do, and no more.
    pub shipped_kubeconfig: PathBuf,
    /// The admin's client, to look with: a kubectl for every look would be slow.
    pub client: Client,
}

/// The cluster of all stories. A static is never dropped: the programs end with this process, by their watchdogs, and the
/// folder with their logs stays in `target/control-plane/runs` until the next start.
pub static CLUSTER: LazyLock<Cluster> = LazyLock::new(Cluster::start);

/// Another one, for stories of services that move or are lost.
pub static ANOTHER_CLUSTER: LazyLock<Cluster> = LazyLock::new(Cluster::start);

impl Cluster {
    fn start() -> Self {
        Self::with(Options::default())
    }

    /// Starts one with `deploy/` applied.
    pub fn with(options: Options) -> Self {
        let deploy = Some(repository().join("deploy"));
        let started = ControlPlane::start(Options { deploy, ..options });
        let control_plane = started.unwrap_or_else(|error| panic!("{error}"));
        let shipped_kubeconfig = control_plane.service_account_kubeconfig("expressway-system", "expressway").unwrap();
        let kubeconfig = Kubeconfig::read_from(control_plane.admin_kubeconfig()).unwrap();
        let client = RUNTIME.block_on(async {
            let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
            Client::try_from(config).unwrap()
        });
        Self { control_plane, shipped_kubeconfig, client }
    }

    /// Runs the real kubectl as the admin, with `input` on its standard input.
    pub fn kubectl(&self, arguments: &[&str], input: &str) -> Said {
        let mut command = self.control_plane.kubectl_command();
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A kubectl that has no use for its input may be gone before it is written.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Said::from(child.wait_with_output().unwrap())
    }
}

/// The API server counts for all stories together: one that reads its counters has to be alone.
static TURN: RwLock<()> = RwLock::new(());

/// The right to be in the world, with others or alone.
#[allow(dead_code, reason = "held, never read")]
pub enum Turn {
    Shared(RwLockReadGuard<'static, ()>),
    Alone(RwLockWriteGuard<'static, ()>),
}

impl Turn {
    pub fn shared() -> Self {
        Self::Shared(TURN.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn alone() -> Self {
        Self::Alone(TURN.write().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The repository's top folder.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs the real kubectl as the admin of the cluster of all stories.
pub fn kubectl(arguments: &[&str], input: &str) -> Said {
    CLUSTER.kubectl(arguments, input)
}

/// What kubectl said.
#[derive(Debug)]
pub struct Said {
    pub is_ok: bool,
    pub out: String,
    pub err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
        Self { is_ok: output.status.success(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

impl Said {
    /// What it wrote, if it did what it was asked.
    #[track_caller]
    pub fn done(self) -> String {
        assert!(self.is_ok, "kubectl refused: {}", self.err);
        self.out
    }

    /// What it wrote when it refused.
    #[track_caller]
    pub fn refused(self) -> String {
        assert!(!self.is_ok, "kubectl did it: {}", self.out);
        self.err
    }
}
