//! Which programs there are, and where: in `KUBEBUILDER_ASSETS`, or built from `go.mod`.
use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::go_build::build;

/// Where the ecosystem's own tools (envtest, kubebuilder) look for ready-made programs.
const ASSETS: &str = "KUBEBUILDER_ASSETS";

/// A program of the control plane that runs, in the order of starting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Program {
    /// etcd: the store.
    Etcd,
    /// kube-apiserver.
    ApiServer,
    /// kube-controller-manager: ends namespaces that are deleted, collects garbage by owner
    /// reference, gives every namespace its default service account.
    ControllerManager,
}

impl Program {
    /// All of them, in the order of starting.
    pub const ALL: [Self; 3] = [Self::Etcd, Self::ApiServer, Self::ControllerManager];

    /// The name of its file, for example `kube-apiserver`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::ApiServer => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
        }
    }
}

/// The programs' files.
#[derive(Debug, Clone)]
pub(crate) struct Programs {
    etcd: PathBuf,
    api_server: PathBuf,
    /// Absent when `KUBEBUILDER_ASSETS` has none: envtest's archives do not.
    controller_manager: Option<PathBuf>,
    /// kubectl.
    pub kubectl: PathBuf,
}

impl Programs {
    /// Finds them, and builds what is missing; says on `progress` what takes time or is left out.
    pub fn find(progress: &mut dyn Write) -> Result<Self, Error> {
        match env::var_os(ASSETS).filter(|folder| !folder.is_empty()) {
            Some(folder) => Self::ready_made(Path::new(&folder), progress),
            None => {
                let folder = build(progress)?;
                Ok(Self::inside(&folder, Some(folder.join(Program::ControllerManager.name()))))
            }
        }
    }

    /// The file of a program, if there is one.
    pub fn path(&self, program: Program) -> Option<&Path> {
        match program {
            Program::Etcd => Some(&self.etcd),
            Program::ApiServer => Some(&self.api_server),
            Program::ControllerManager => self.controller_manager.as_deref(),
        }
    }

    fn ready_made(folder: &Path, progress: &mut dyn Write) -> Result<Self, Error> {
        let missing = |program| Error::AssetMissing { folder: folder.to_owned(), program };
        // The programs are started from other folders.
        let folder = folder.canonicalize().map_err(|_| missing("etcd"))?;
        for program in [Program::Etcd.name(), Program::ApiServer.name(), "kubectl"] {
            if !folder.join(program).is_file() {
                return Err(missing(program));
            }
        }
        let controller_manager = folder.join(Program::ControllerManager.name());
        let controller_manager = controller_manager.is_file().then_some(controller_manager);
        if controller_manager.is_none() {
            let _ = writeln!(
                progress,
                "{ASSETS} has no kube-controller-manager: namespaces that are deleted will not go away, \
                 and nothing is garbage-collected"
            );
        }
        Ok(Self::inside(&folder, controller_manager))
    }

    fn inside(folder: &Path, controller_manager: Option<PathBuf>) -> Self {
        Self {
            etcd: folder.join(Program::Etcd.name()),
            api_server: folder.join(Program::ApiServer.name()),
            controller_manager,
            kubectl: folder.join("kubectl"),
        }
    }
}
