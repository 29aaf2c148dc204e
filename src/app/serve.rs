//! The accept loop: HTTP/1.1 connections with deadlines, on TCP or a Unix socket.

use std::{
    fs::Permissions,
    io,
    net::SocketAddr,
    os::unix::fs::{FileTypeExt as _, PermissionsExt as _},
    path::Path,
    pin::pin,
    time::Duration,
};

use axum::Router;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, UnixListener},
};

use super::shutdown::{DRAIN, Shutdown};

/// How long a client may take to send a request's line and headers, and how long a connection may
/// lie idle between two requests: longer than proxies keep theirs (60 s), so that none is closed
/// under a request.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(75);

/// Octets of the longest request line and headers together.
const MAX_HEADER_SIZE: usize = 128 * 1024;

/// How long to wait after a failed `accept` (mostly: no file descriptor left) before the next.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A bound socket.
#[derive(Debug)]
pub(super) enum Listener {
    /// An address of the network.
    Tcp(TcpListener),
    /// A socket in the file system.
    Unix(UnixListener),
}

impl Listener {
    /// Binds an address of the network.
    pub(super) async fn tcp(address: SocketAddr) -> io::Result<Self> {
        TcpListener::bind(address).await.map(Self::Tcp)
    }

    /// Binds a socket in the file system, where no other process listens on it.
    pub(super) fn unix(path: &Path) -> io::Result<Self> {
        let is_socket =
            std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket());
        let stale = is_socket
            && std::os::unix::net::UnixStream::connect(path)
                .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
        if stale {
            std::fs::remove_file(path)?;
        }
        let listener = UnixListener::bind(path)?;
        // The proxy runs as another user; who may reach the socket is its folder's business.
        std::fs::set_permissions(path, Permissions::from_mode(0o666))?;
        Ok(Self::Unix(listener))
    }

    /// Removes a socket from the file system.
    fn remove(self) {
        if let Self::Unix(listener) = self
            && let Ok(address) = listener.local_addr()
            && let Some(path) = address.as_pathname()
        {
            // Somebody else may have removed it.
            let _ = std::fs::remove_file(path);
        }
    }

    /// As `--listen` writes it.
    pub(super) fn address(&self) -> String {
        match self {
            Self::Tcp(listener) => {
                listener.local_addr().map(|address| address.to_string()).unwrap_or_default()
            }
            Self::Unix(listener) => {
                let address = listener.local_addr().ok();
                let path = address.as_ref().and_then(|address| address.as_pathname());
                format!("unix:{}", path.unwrap_or_else(|| Path::new("")).display())
            }
        }
    }
}

/// Serves connections until the first signal, then lets the running requests finish.
pub(super) async fn serve(listener: Listener, router: Router, mut shutdown: Shutdown) {
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener) => accepted,
            () = shutdown.requested() => break,
        };
        match accepted {
            Ok(Stream::Tcp(stream)) => connection(stream, &router, &graceful),
            Ok(Stream::Unix(stream)) => connection(stream, &router, &graceful),
            Err(error) => {
                tracing::warn!(%error, "no connection could be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    listener.remove();
    tracing::info!("finishing the running requests");
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(DRAIN) => tracing::warn!("some requests were cut off"),
        () = shutdown.requested() => tracing::warn!("some requests were cut off"),
    }
}

enum Stream {
    Tcp(tokio::net::TcpStream),
    Unix(tokio::net::UnixStream),
}

async fn accept(listener: &Listener) -> io::Result<Stream> {
    match listener {
        Listener::Tcp(listener) => {
            let (stream, _) = listener.accept().await?;
            // Answers are small and whole: nothing is gained by waiting for more.
            stream.set_nodelay(true)?;
            Ok(Stream::Tcp(stream))
        }
        Listener::Unix(listener) => listener.accept().await.map(|(stream, _)| Stream::Unix(stream)),
    }
}

fn connection<S>(stream: S, router: &Router, graceful: &GracefulShutdown)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ_TIMEOUT)
        .max_buf_size(MAX_HEADER_SIZE);
    let service = TowerToHyperService::new(router.clone());
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        // A client that hangs up or speaks no HTTP is its own affair.
        if let Err(error) = pin!(connection).await {
            tracing::debug!(%error, "a connection ended early");
        }
    });
}
