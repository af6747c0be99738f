//! Kubernetes, in and out: the only place that drives `kube::runtime`.

pub mod metrics;
pub mod readiness;
pub mod settings;
