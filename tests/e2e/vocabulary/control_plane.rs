//! The one control plane of this test binary, with `deploy/` applied, and who may count on being alone in it.

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

/// A static is never dropped: the programs end with this process, by their watchdogs, and the folder with their logs stays in
/// `target/control-plane/runs` until the next start.
pub static CONTROL_PLANE: LazyLock<ControlPlane> = LazyLock::new(|| {
    let deploy = Some(repository().join("deploy"));
    ControlPlane::start(Options { deploy, ..Options::default() }).unwrap_or_else(|error| panic!("{error}"))
});

/// What the shipped service account may do, and no more.
pub static SHIPPED_KUBECONFIG: LazyLock<PathBuf> =
    LazyLock::new(|| CONTROL_PLANE.service_account_kubeconfig("expressway-system", "expressway").unwrap());

/// The admin's client, to look with: a kubectl for every look would be slow.
pub static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let kubeconfig = Kubeconfig::read_from(CONTROL_PLANE.admin_kubeconfig()).unwrap();
    RUNTIME.block_on(async {
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
        Client::try_from(config).unwrap()
    })
});

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

/// Runs the real kubectl as the admin, with `input` on its standard input.
pub fn kubectl(arguments: &[&str], input: &str) -> Said {
    let mut command = CONTROL_PLANE.kubectl_command();
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A kubectl that has no use for its input may be gone before it is written.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    Said::from(child.wait_with_output().unwrap())
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
