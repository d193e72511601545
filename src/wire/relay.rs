//! A relay between a caller and a server: it passes bytes on, and flips one bit of what the caller sends when it is told.
//!
//! It stands for whoever sits on the path. What it flips is ciphertext, so that a server which protects integrity ends
//! the connection and has read nothing.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

/// More than a TLS record holds (RFC 8446 clause 5.1).
const RECORD_MAX: usize = 17 * 1024;

/// A running relay. Dropped, it ends with its connections.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    armed: Arc<AtomicBool>,
    accepting: AbortHandle,
}

impl Relay {
    /// Relays to this server, from any free port of the loopback.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn open(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let address = listener.local_addr()?;
        let armed = Arc::new(AtomicBool::new(false));
        let accepting = tokio::spawn(accept(listener, server, Arc::clone(&armed))).abort_handle();
        Ok(Self { address, armed, accepting })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Flips one bit of the next thing that the caller sends.
    pub fn flip_next(&self) {
        self.armed.store(true, Ordering::SeqCst);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Runs until it is aborted; the connections go with it.
async fn accept(listener: TcpListener, server: SocketAddr, armed: Arc<AtomicBool>) {
    let mut connections = JoinSet::new();
    loop {
        if let Ok((caller, _)) = listener.accept().await
            && let Ok(called) = TcpStream::connect(server).await
        {
            connections.spawn(pass_on(caller, called, Arc::clone(&armed)));
        }
    }
}

/// Passes bytes on in both directions until either end leaves: the other one is told by the end of its stream.
async fn pass_on(caller: TcpStream, called: TcpStream, armed: Arc<AtomicBool>) -> io::Result<()> {
    let (mut from_caller, mut to_caller) = caller.into_split();
    let (mut from_called, mut to_called) = called.into_split();
    let forth = async {
        let mut buffer = vec![0; RECORD_MAX];
        loop {
            let read = from_caller.read(&mut buffer).await?;
            if read == 0 {
                return to_called.shutdown().await;
            }
            if let Some(middle) = buffer.get_mut(read / 2).filter(|_| armed.swap(false, Ordering::SeqCst)) {
                *middle ^= 1;
            }
            to_called.write_all(buffer.get(..read).unwrap_or_default()).await?;
        }
    };
    let back = async {
        tokio::io::copy(&mut from_called, &mut to_caller).await?;
        to_caller.shutdown().await
    };
    tokio::try_join!(forth, back).map(|((), ())| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_bit_is_flipped_and_everything_else_passes() {
        let echo = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let relay = Relay::open(echo.local_addr().unwrap()).await.unwrap();
        let mut caller = TcpStream::connect(relay.address()).await.unwrap();
        let (mut called, _) = echo.accept().await.unwrap();
        let mut heard = [0; 3];
        caller.write_all(b"abc").await.unwrap();
        called.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"abc");
        relay.flip_next();
        caller.write_all(b"abc").await.unwrap();
        called.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"acc");
        called.write_all(b"xyz").await.unwrap();
        caller.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"xyz");
    }
}
