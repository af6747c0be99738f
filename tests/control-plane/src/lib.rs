//! The real Kubernetes control plane on loopback: upstream etcd, kube-apiserver and
//! kube-controller-manager, each fresh, and gone when its caller is gone.
//!
//! ```no_run
//! use control_plane::{ControlPlane, Options};
//!
//! let cluster = ControlPlane::start(Options { deploy: Some("deploy".into()), ..Options::default() })?;
//! let kubeconfig = cluster.service_account_kubeconfig("expressway-system", "expressway")?;
//! println!("{} at {}", kubeconfig.display(), cluster.server_url());
//! # Ok::<(), control_plane::Error>(())
//! ```
//!
//! There is no kubelet: pods are accepted and never run. All calls block; none needs an async runtime.

mod certificates;
mod cluster;
mod error;
mod flags;
mod go_build;
mod kubeconfig;
mod kubectl;
mod ports;
mod programs;
mod readiness;
mod run_folder;
mod watchdog;

pub use cluster::{ControlPlane, Options};
pub use error::Error;
pub use go_build::build;
pub use ports::Port;
pub use programs::Program;
