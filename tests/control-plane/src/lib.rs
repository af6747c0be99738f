//! Starts the real kube-apiserver, etcd and controller manager on loopback.
