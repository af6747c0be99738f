//! Kubeconfig files that need no other file: certificates and keys are inside.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::certificates::Identity;

/// Who the file's bearer is.
pub(crate) enum Bearer<'a> {
    /// A client certificate.
    Certificate(&'a Identity),
    /// A service account's token.
    Token(&'a str),
}

/// The text of a kubeconfig for `user`. No value in it can need quoting in YAML: a loopback URL,
/// base64, a token, and names that Kubernetes itself has checked.
pub(crate) fn kubeconfig(server_url: &str, authority: &str, user: &str, bearer: &Bearer) -> String {
    let authority = STANDARD.encode(authority);
    let bearer = match bearer {
        Bearer::Certificate(identity) => format!(
            "client-certificate-data: {}\n    client-key-data: {}",
            STANDARD.encode(&identity.certificate),
            STANDARD.encode(&identity.key)
        ),
        Bearer::Token(token) => format!("token: {token}"),
    };
    format!(
        "apiVersion: v1
kind: Config
clusters:
- name: control-plane
  cluster:
    server: {server_url}
    certificate-authority-data: {authority}
users:
- name: {user}
  user:
    {bearer}
contexts:
- name: {user}@control-plane
  context:
    cluster: control-plane
    user: {user}
current-context: {user}@control-plane
"
    )
}
