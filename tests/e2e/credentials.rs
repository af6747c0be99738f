//! Row 22: credentials that are missing, and that come later.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::vocabulary::{Manifest, World};

const NO_KEYS: [&str; 2] = ["AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY="];

/// Row 22: no credentials.
#[test]
fn without_credentials_it_says_what_to_configure() {
    let world = World::with_environment(&NO_KEYS, &[]);
    let web = world.apply(&Manifest::of("web", "nginx:1"));
    let said = web.shows("Ready", "False", "AccessDenied");
    for words in ["no usable AWS credentials", "EKS Pod Identity or IRSA", "(NoCredentials)"] {
        assert!(said.contains(words), "{words:?} is not in: {said}");
    }
    world.passes(3);
    assert_eq!((web.says("Reconciling"), web.says("Stalled")), ("True ProgressingWithRetry".to_owned(), String::new()));
    assert_eq!(world.calls().len(), 0);
}

/// An agent on the node that hands out credentials, as EKS Pod Identity's does, once it may.
struct Agent {
    address: SocketAddr,
    hands_out: Arc<AtomicBool>,
}

const SECRET: &str = "hunter2-of-the-agent";

impl Agent {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, hands_out) = (listener.local_addr().unwrap(), Arc::<AtomicBool>::default());
        let may = Arc::clone(&hands_out);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let request = BufReader::new(&stream).lines().map_while(Result::ok);
                let _ = request.take_while(|line| !line.is_empty()).count();
                let (status, body) = match may.load(Ordering::Relaxed) {
                    false => (404, r#"{"code": "ResourceNotFound", "message": "no association"}"#.to_owned()),
                    true => {
                        let keys = format!(
                            r#""AccessKeyId": "AKIDAGENT", "SecretAccessKey": "{SECRET}", "Token": "{SECRET}""#
                        );
                        (200, format!(r#"{{{keys}, "Expiration": "2099-01-01T00:00:00Z"}}"#))
                    }
                };
                let head = format!("HTTP/1.1 {status} said\r\ncontent-type: application/json\r\nconnection: close");
                let _ = write!(&stream, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            }
        });
        Self { address, hands_out }
    }
}

/// Row 22: credentials that come later, as when the role is associated after the install, are taken without a restart.
#[test]
fn credentials_that_come_later_are_taken_without_a_restart() {
    let agent = Agent::start();
    let uri = format!("AWS_CONTAINER_CREDENTIALS_FULL_URI=http://{}/v1/credentials", agent.address);
    let world = World::with_environment(&[NO_KEYS[0], NO_KEYS[1], &uri], &["--log-level=trace,aws=trace,hyper=trace"]);
    let web = world.apply(&Manifest::of("web", "nginx:1"));
    let said = web.shows("Ready", "False", "AccessDenied");
    assert!(said.contains("no usable AWS credentials") && said.contains("tried again by itself"), "{said}");

    agent.hands_out.store(true, Ordering::Relaxed);

    web.has_deployments(1);
    web.rollout_ends();
    web.shows("Ready", "True", "Available");
    let log = world.controller(|controller| controller.log());
    assert!(!log.contains("hunter2"), "{}", log.lines().find(|line| line.contains("hunter2")).unwrap_or_default());
}
