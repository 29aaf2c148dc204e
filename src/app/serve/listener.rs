//! Sockets that connections come from: bound here, or inherited from whoever started the service.

use std::{
    fs::Permissions,
    io,
    net::SocketAddr,
    os::unix::fs::{FileTypeExt as _, PermissionsExt as _},
    path::Path,
};

use listenfd::ListenFd;
use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixListener, UnixSocket, UnixStream};

/// Connections that may wait to be accepted: a burst of new ones, or those for which there is no place.
/// The kernel takes no more than `net.core.somaxconn`. What finds no room is tried again by TCP after a
/// second, and refused on a Unix socket.
const BACKLOG: u32 = 4096;

/// A listening socket.
#[derive(Debug)]
pub(in crate::app) enum Listener {
    /// An address of the network.
    Tcp(TcpListener),
    /// A socket in the file system.
    Unix {
        /// The socket.
        socket: UnixListener,
        /// Whether whoever made it removes it.
        inherited: bool,
    },
}

/// An accepted connection.
pub(super) enum Stream {
    Tcp(TcpStream, SocketAddr),
    Unix(UnixStream),
}

impl Listener {
    /// Binds an address of the network.
    pub(in crate::app) fn tcp(address: SocketAddr) -> io::Result<Self> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // A restart does not wait for the last connections of the process before it.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG).map(Self::Tcp)
    }

    /// Binds a socket in the file system, where no other process listens on it.
    pub(in crate::app) fn unix(path: &Path) -> io::Result<Self> {
        let is_socket =
            std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket());
        let stale = is_socket
            && std::os::unix::net::UnixStream::connect(path)
                .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
        if stale {
            std::fs::remove_file(path)?;
        }
        let socket = UnixSocket::new_stream()?;
        socket.bind(path)?;
        let socket = socket.listen(BACKLOG)?;
        // The proxy runs as another user; who may reach the socket is its folder's business.
        std::fs::set_permissions(path, Permissions::from_mode(0o666))?;
        Ok(Self::Unix { socket, inherited: false })
    }

    /// The socket that this process was started with (`LISTEN_FDS` and `LISTEN_PID`, as systemd and
    /// gunicorn's users know them); `None` where there is none.
    ///
    /// # Errors
    /// Where there are several, or what there is does not listen.
    pub(in crate::app) fn inherited() -> io::Result<Option<Self>> {
        let mut inherited = ListenFd::from_env();
        match inherited.len() {
            0 => return Ok(None),
            1 => {}
            several => {
                let text = format!("there are {several} sockets in LISTEN_FDS, not one");
                return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
            }
        }
        if let Ok(Some(socket)) = inherited.take_unix_listener(0) {
            socket.set_nonblocking(true)?;
            let socket = UnixListener::from_std(socket)?;
            return Ok(Some(Self::Unix { socket, inherited: true }));
        }
        let Some(socket) = inherited.take_tcp_listener(0)? else { return Ok(None) };
        socket.set_nonblocking(true)?;
        TcpListener::from_std(socket).map(Self::Tcp).map(Some)
    }

    /// The next connection.
    pub(super) async fn accept(&self) -> io::Result<Stream> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                // Answers are small and whole: nothing is gained by waiting for more. Where the
                // client is gone already, reading will tell.
                let _ = stream.set_nodelay(true);
                Ok(Stream::Tcp(stream, peer))
            }
            Self::Unix { socket, .. } => {
                socket.accept().await.map(|(stream, _)| Stream::Unix(stream))
            }
        }
    }

    /// Ends the listening, and removes a socket of ours from the file system.
    pub(super) fn close(self) {
        if let Self::Unix { socket, inherited: false } = self
            && let Ok(address) = socket.local_addr()
            && let Some(path) = address.as_pathname()
        {
            // Somebody else may have removed it.
            let _ = std::fs::remove_file(path);
        }
    }

    /// As `--listen` writes it.
    pub(in crate::app) fn address(&self) -> String {
        match self {
            Self::Tcp(listener) => {
                listener.local_addr().map(|address| address.to_string()).unwrap_or_default()
            }
            Self::Unix { socket, .. } => {
                let address = socket.local_addr().ok();
                let path = address.as_ref().and_then(|address| address.as_pathname());
                format!("unix:{}", path.unwrap_or_else(|| Path::new("")).display())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;
    use crate::{app::serve::places, config::Environment};

    /// More than the 128 that sockets have unless told otherwise.
    const BURST: usize = 1000;

    /// As many as this machine lets wait.
    fn burst() -> usize {
        let most = std::fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap();
        BURST.min(most.trim().parse().unwrap())
    }

    #[tokio::test]
    async fn a_burst_of_connections_waits_to_be_accepted() {
        places::most_connections(0);
        let name = format!("drf-auth-burst-{}.sock", std::process::id());
        let path = Environment::temporary_folder().join(name);
        let unix = Listener::unix(&path).unwrap();
        let tcp = Listener::tcp("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = tcp.address();
        let mut open = (Vec::new(), Vec::new());
        for number in 0..burst() {
            let connecting = timeout(Duration::from_millis(900), TcpStream::connect(&address));
            let connected = connecting.await.unwrap_or_else(|_| panic!("{number} found no room"));
            open.0.push(connected.unwrap());
            open.1.push(UnixStream::connect(&path).await.unwrap());
        }
        drop(open);
        for listener in [unix, tcp] {
            assert!(listener.accept().await.is_ok());
            listener.close();
        }
    }
}
