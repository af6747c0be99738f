//! One page over HTTP, and one number out of a page of metrics.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

/// An answer.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub body: String,
}

/// Asks for `path`.
pub fn get(address: SocketAddr, path: &str) -> std::io::Result<Page> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    Ok(Page { status, body: body.to_owned() })
}

/// The sum of all samples of `metric` whose labels hold every one of `labels` (`kind="status"`).
pub fn sum_of(metrics: &str, metric: &str, labels: &[&str]) -> u64 {
    let samples = metrics.lines().filter_map(|line| {
        let (name, value) = line.rsplit_once(' ')?;
        let (name, said) = name.split_once('{').unwrap_or((name, ""));
        let fits = name == metric && labels.iter().all(|label| said.contains(label));
        fits.then(|| value.parse::<u64>().ok()).flatten()
    });
    samples.sum()
}
