//! Why the process cannot work, or had to end: one line for a person each.

use std::error::Error as StdError;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// Why the process ends with something other than success.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("cannot write to standard output: {0}")]
    Print(io::Error),
    #[error("cannot start: {0}")]
    Runtime(io::Error),
    #[error("cannot listen on {address}: {error}; choose another address with --listen")]
    Listen { address: SocketAddr, error: io::Error },
    #[error("no Kubernetes cluster to work in: {0}; set KUBECONFIG, or run in a pod with a service account")]
    NoCluster(String),
    #[error("the Kubernetes client cannot be set up: {0}")]
    KubernetesClient(String),
    #[error(
        "may not read the namespace kube-system, whose uid identifies this cluster: {0}; allow `get` on namespaces with the resource name kube-system, as deploy/ does, or set --cluster-id"
    )]
    ClusterIdForbidden(String),
    #[error("this cluster has no namespace kube-system whose uid could identify it; set --cluster-id")]
    NoClusterId,
    #[error("the AWS client cannot be set up: {0}")]
    AwsClient(String),
    #[error("the controller ended though nothing told it to")]
    ControllerReturned,
    #[error(
        "stopped before everything in flight was finished: it took longer than --shutdown-grace ({0:?}); nothing is lost, the next start looks again"
    )]
    GraceOver(Duration),
    #[error(
        "no longer the leader by the lease {lease}: {loss}. Ended at once, so that no two write; nothing is lost, the next start stands by"
    )]
    LeaseLost { lease: String, loss: String },
    #[error("stopped at once by a second signal")]
    SecondSignal,
}

impl Failure {
    /// Exit code of the process. 130 is what a shell shows for a program that was interrupted.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::SecondSignal => 130,
            _ => 1,
        }
    }
}

/// The error and its causes in one line, each said once: many errors repeat their cause in their own text.
pub fn in_one_line(error: &(dyn StdError + 'static)) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !line.contains(&text) {
            line = format!("{line}: {text}");
        }
        cause = error.source();
    }
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: &'static str,
        source: Option<Box<Layer>>,
    }

    #[test]
    fn a_chain_of_errors_is_one_line_that_says_everything_once() {
        let inner = Layer { text: "connection\n refused", source: None };
        let middle = Layer { text: "connection\n refused", source: Some(Box::new(inner)) };
        let outer = Layer { text: "cannot connect", source: Some(Box::new(middle)) };
        assert_eq!(in_one_line(&outer), "cannot connect: connection refused");
    }
}
