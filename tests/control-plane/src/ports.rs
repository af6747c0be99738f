//! Free loopback ports that no other control plane on this machine will take.
use std::fs::{self, File, Permissions};
use std::hash::{BuildHasher, RandomState};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::error::Error;

/// Below the ephemeral ports of Linux (from 32768) and macOS (from 49152): while a program that was
/// killed is down, no outgoing connection can be given its port.
const FIRST: u16 = 20_000;
const LAST: u16 = 29_999;
const TRIES: u16 = 500;

/// A port that was free when it was claimed. The claim is a locked file, which the system releases
/// when this process ends: it keeps two control planes that start at once from choosing the same port,
/// where one's API server could end up on the other's etcd.
#[derive(Debug)]
pub struct Port {
    /// Its number.
    pub number: u16,
    _claim: File,
}

impl Port {
    /// Claims any free port.
    ///
    /// # Errors
    /// [`Error::NoPort`] when none is found.
    pub fn claim() -> Result<Self, Error> {
        let claims = claims_folder()?;
        let span = u64::from(LAST - FIRST) + 1;
        for _ in 0..TRIES {
            let offset = u16::try_from(RandomState::new().hash_one(()) % span).unwrap_or_default();
            let number = FIRST + offset;
            // A file of another user cannot be opened: that user's port.
            let Ok(claim) = File::create(claims.join(number.to_string())) else {
                continue;
            };
            if claim.try_lock().is_ok() && TcpListener::bind(("127.0.0.1", number)).is_ok() {
                return Ok(Self { number, _claim: claim });
            }
        }
        Err(Error::NoPort { tried: TRIES, first: FIRST, last: LAST })
    }
}

/// One folder for all users of the machine, as /tmp itself.
fn claims_folder() -> Result<PathBuf, Error> {
    let folder = std::env::temp_dir().join("control-plane-ports");
    if !folder.is_dir() {
        fs::create_dir_all(&folder)
            .and_then(|()| fs::set_permissions(&folder, Permissions::from_mode(0o1777)))
            .map_err(Error::io(format!("creating {}", folder.display())))?;
    }
    Ok(folder)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_port_is_given_once_while_it_is_held() {
        let held: Vec<Port> = (0..100).map(|_| Port::claim().unwrap()).collect();
        let numbers: BTreeSet<u16> = held.iter().map(|port| port.number).collect();
        assert_eq!(numbers.len(), held.len());
    }
}
