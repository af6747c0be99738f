//! The listener and its connections. A connection can be cut, so that an answer is lost after its call had its effect.
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// The handle to cut one connection: how many bytes of the next answer the client does not get, and nothing after it.
#[derive(Debug, Clone, Default)]
pub(super) struct Cut(Arc<AtomicUsize>);

/// All that is written.
const EVERYTHING: usize = usize::MAX;

impl Cut {
    pub(super) fn cut(&self) {
        self.0.store(EVERYTHING, Ordering::Release);
    }

    /// The last bytes of the next answer are lost, at least one.
    pub(super) fn cut_short(&self, bytes: usize) {
        self.0.store(bytes.max(1), Ordering::Release);
    }
}

pub(super) struct Loopback(pub TcpListener);

pub(super) struct Connection {
    stream: TcpStream,
    cut: Cut,
}

impl Listener for Loopback {
    type Io = Connection;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Answers are small and waited for. A connection that is gone already fails when it is read.
        let _ = stream.set_nodelay(true);
        (Connection { stream, cut: Cut::default() }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Loopback>> for Cut {
    fn connect_info(stream: IncomingStream<'_, Loopback>) -> Self {
        stream.io().cut.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let lost = self.cut.0.load(Ordering::Acquire);
        match bytes.get(..bytes.len().saturating_sub(lost)) {
            _ if lost == 0 => Pin::new(&mut self.stream).poll_write(context, bytes),
            Some(kept) if lost != EVERYTHING && !kept.is_empty() => {
                self.cut.cut();
                Pin::new(&mut self.stream).poll_write(context, kept)
            }
            _ => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
