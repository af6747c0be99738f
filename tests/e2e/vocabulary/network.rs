//! The network between one replica and the API server: a line that can be cut.

use std::io::copy;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A line to a server. What is said over it is not looked at.
pub struct Line {
    address: SocketAddr,
    /// The ends of every connection; `None` when the line is cut.
    ends: Arc<Mutex<Option<Vec<TcpStream>>>>,
}

impl Line {
    /// A line to the server that this kubeconfig names, and a kubeconfig that uses it.
    pub fn to_the_server_of(kubeconfig: &Path, folder: &Path) -> (Self, PathBuf) {
        let text = std::fs::read_to_string(kubeconfig).unwrap();
        let server = text.split("https://").nth(1).unwrap().lines().next().unwrap().to_owned();
        let line = Self::to(server.parse().unwrap());
        let path = folder.join("behind-a-line.kubeconfig");
        std::fs::write(&path, text.replace(&server, &line.address.to_string())).unwrap();
        (line, path)
    }

    fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let ends = Arc::new(Mutex::new(Some(Vec::new())));
        let open = Arc::clone(&ends);
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let Ok(far) = TcpStream::connect(server) else { continue };
                if let Some(ends) = open.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
                    ends.extend([near.try_clone().unwrap(), far.try_clone().unwrap()]);
                    carry(near.try_clone().unwrap(), far.try_clone().unwrap());
                    carry(far, near);
                }
            }
        });
        Self { address, ends }
    }

    /// Cuts it: connections break, and new ones are closed at once.
    pub fn cut(&self) {
        let ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner).take();
        for end in ends.into_iter().flatten() {
            // One that is closed already is as good.
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream) {
    std::thread::spawn(move || {
        let _ = copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
}
