//! The command lines of the three programs. README.md says why each flag is there.
use crate::programs::Program;
use crate::run_folder::RunFolder;

/// The ports of one control plane, all on 127.0.0.1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PortNumbers {
    pub etcd: u16,
    pub etcd_peer: u16,
    pub api_server: u16,
}

/// Files in the run folder that programs read.
pub(crate) const AUTHORITY: &str = "pki/ca.crt";
pub(crate) const SERVER_CERTIFICATE: &str = "pki/server.crt";
pub(crate) const SERVER_KEY: &str = "pki/server.key";
pub(crate) const TOKEN_KEY: &str = "pki/service-account.key";
pub(crate) const TOKEN_PUBLIC_KEY: &str = "pki/service-account.pub";
pub(crate) const ADMIN_KUBECONFIG: &str = "kubeconfig";

/// What `program` is started with.
pub(crate) fn flags(program: Program, folder: &RunFolder, ports: PortNumbers, is_durable: bool) -> Vec<String> {
    match program {
        Program::Etcd => etcd(folder, ports, is_durable),
        Program::ApiServer => api_server(folder, ports),
        Program::ControllerManager => controller_manager(folder),
    }
}

fn etcd(folder: &RunFolder, ports: PortNumbers, is_durable: bool) -> Vec<String> {
    let client = format!("http://127.0.0.1:{}", ports.etcd);
    let peer = format!("http://127.0.0.1:{}", ports.etcd_peer);
    vec![
        format!("--data-dir={}", folder.path("etcd").display()),
        format!("--listen-client-urls={client}"),
        format!("--advertise-client-urls={client}"),
        format!("--listen-peer-urls={peer}"),
        format!("--initial-advertise-peer-urls={peer}"),
        format!("--initial-cluster=default={peer}"),
        format!("--unsafe-no-fsync={}", !is_durable),
    ]
}

fn api_server(folder: &RunFolder, ports: PortNumbers) -> Vec<String> {
    let file = |flag: &str, name: &str| format!("--{flag}={}", folder.path(name).display());
    vec![
        format!("--etcd-servers=http://127.0.0.1:{}", ports.etcd),
        format!("--secure-port={}", ports.api_server),
        "--bind-address=127.0.0.1".to_owned(),
        "--advertise-address=127.0.0.1".to_owned(),
        file("tls-cert-file", SERVER_CERTIFICATE),
        file("tls-private-key-file", SERVER_KEY),
        file("client-ca-file", AUTHORITY),
        file("service-account-key-file", TOKEN_PUBLIC_KEY),
        file("service-account-signing-key-file", TOKEN_KEY),
        "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
        "--authorization-mode=RBAC".to_owned(),
        "--service-cluster-ip-range=10.0.0.0/24".to_owned(),
        "--endpoint-reconciler-type=none".to_owned(),
        "--enable-priority-and-fairness=false".to_owned(),
    ]
}

fn controller_manager(folder: &RunFolder) -> Vec<String> {
    let file = |flag: &str, name: &str| format!("--{flag}={}", folder.path(name).display());
    vec![
        file("kubeconfig", ADMIN_KUBECONFIG),
        file("service-account-private-key-file", TOKEN_KEY),
        file("root-ca-file", AUTHORITY),
        "--controllers=namespace-controller,garbage-collector-controller,\
         serviceaccount-controller,clusterrole-aggregation-controller"
            .to_owned(),
        "--leader-elect=false".to_owned(),
        "--secure-port=0".to_owned(),
        "--kube-api-qps=200".to_owned(),
        "--kube-api-burst=400".to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn etcd_waits_for_the_disk_where_that_is_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let folder = RunFolder::named(dir.path()).unwrap();
        let ports = PortNumbers { etcd: 1, etcd_peer: 2, api_server: 3 };
        let said = |is_durable| flags(Program::Etcd, &folder, ports, is_durable).pop();
        assert_eq!(said(true).as_deref(), Some("--unsafe-no-fsync=false"));
        assert_eq!(said(false).as_deref(), Some("--unsafe-no-fsync=true"));
    }
}
