//! One page over HTTP, and one number out of a page of metrics.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// An answer.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub body: String,
}

/// Asks for `path`.
pub fn get(address: SocketAddr, path: &str) -> std::io::Result<Page> {
    send(address, &format!("GET {path}"), "", "", None)
}

/// Sends a request such as `POST /path`, with headers that each end their line, and waits so long for each piece of the
/// answer.
pub fn send(
    address: SocketAddr,
    request: &str,
    headers: &str,
    body: &str,
    patience: Option<Duration>,
) -> std::io::Result<Page> {
    let mut stream = match patience {
        Some(patience) => TcpStream::connect_timeout(&address, patience)?,
        None => TcpStream::connect(address)?,
    };
    stream.set_read_timeout(patience)?;
    let length = body.len();
    write!(
        stream,
        "{request} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )?;
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
