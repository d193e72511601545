//! The hostile end of a connection: a listener with a script, before an honest core function or in place of one.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// What is done with a connection.
pub(super) type Script = Arc<dyn Fn(&mut Wire) + Send + Sync>;

/// The pause between two bytes of somebody who answers one byte at a time.
const DRIP: Duration = Duration::from_millis(40);

/// A byte stream in both directions.
pub(super) trait Duplex: Read + Write + Send {}

impl<T: Read + Write + Send> Duplex for T {}

/// A connection in the hands of a script. It is closed when the script ends.
pub(super) struct Wire {
    stream: Box<dyn Duplex>,
    /// The socket under the stream, for its time-outs.
    socket: TcpStream,
    /// What was asked, head and body.
    pub(super) asked: Vec<u8>,
}

impl Wire {
    pub(super) fn over(stream: impl Duplex + 'static, socket: &TcpStream) -> Self {
        Self { stream: Box::new(stream), socket: socket.try_clone().unwrap(), asked: Vec::new() }
    }

    /// Says something; whether somebody may still listen.
    pub(super) fn say(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).and_then(|()| self.stream.flush()).is_ok()
    }

    /// Says the same thing again and again until nobody listens.
    pub(super) fn flood(&mut self, bytes: impl AsRef<[u8]>) {
        let many = bytes.as_ref().repeat((64 * 1024 / bytes.as_ref().len()).max(1));
        while self.say(&many) {}
    }

    /// Says it one byte at a time.
    pub(super) fn drip(&mut self, bytes: impl AsRef<[u8]>) {
        self.socket.set_read_timeout(Some(DRIP)).unwrap();
        let mut heard = [0; 1024];
        for byte in bytes.as_ref() {
            // Reading is the pause, and tells when the other end has gone.
            let pause = self.stream.read(&mut heard);
            let gone = match pause {
                Ok(read) => read == 0,
                Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
            };
            if gone || !self.say([*byte]) {
                return;
            }
        }
        self.hold();
    }

    /// Says nothing (more) until the other end has gone.
    pub(super) fn hold(&mut self) {
        self.socket.set_read_timeout(None).unwrap();
        let mut heard = [0; 1024];
        while self.stream.read(&mut heard).is_ok_and(|read| read > 0) {}
    }

    /// The socket under the stream.
    pub(super) fn socket(&self) -> TcpStream {
        self.socket.try_clone().unwrap()
    }

    /// Reads one request, head and body; none when the other end has gone.
    pub(super) fn hear(&mut self) -> bool {
        self.asked.clear();
        let mut heard = [0; 16 * 1024];
        loop {
            if let Some(length) = whole(&self.asked)
                && self.asked.len() >= length
            {
                return true;
            }
            match self.stream.read(&mut heard) {
                Ok(read @ 1..) => self.asked.extend_from_slice(&heard[..read]),
                Ok(0) | Err(_) => return false,
            }
        }
    }

    /// The path that was asked for.
    pub(super) fn target(&self) -> String {
        let line = self.asked.split(|byte| *byte == b'\r').next().unwrap_or_default();
        String::from_utf8_lossy(line).split(' ').nth(1).unwrap_or_default().to_owned()
    }

    /// Lets another server answer.
    pub(super) fn relay(&mut self, honest: SocketAddr) -> bool {
        let mut upstream = TcpStream::connect(honest).unwrap();
        let asked = String::from_utf8(self.asked.clone()).unwrap();
        upstream.write_all(asked.replacen("\r\n", "\r\nConnection: close\r\n", 1).as_bytes()).unwrap();
        let mut answer = Vec::new();
        upstream.read_to_end(&mut answer).unwrap();
        self.say(answer)
    }
}

/// How long a request is, once its head is there.
fn whole(asked: &[u8]) -> Option<usize> {
    let head = asked.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&asked[..head]).to_ascii_lowercase();
    let length = text.split("content-length: ").nth(1).and_then(|rest| rest.split('\r').next());
    Some(head + length.map_or(0, |length| length.parse().unwrap()))
}

/// A listener. Dropped, it accepts no more.
pub(super) struct Front {
    pub(super) address: SocketAddr,
    stopped: Arc<AtomicBool>,
}

impl Front {
    /// Every connection is handed to the script as it comes, before anything is read.
    pub(super) fn raw(script: Script) -> Self {
        Self::accepting(move |stream| {
            let socket = stream.try_clone().unwrap();
            script(&mut Wire::over(stream, &socket));
        })
    }

    /// A server of plain HTTP: requests for a path that contains these words are answered by the script, all others by
    /// an honest server.
    pub(super) fn at_path(words: &'static str, honest: SocketAddr, script: Script) -> Self {
        Self::accepting(move |stream| {
            let socket = stream.try_clone().unwrap();
            let mut wire = Wire::over(stream, &socket);
            while wire.hear() {
                if wire.target().contains(words) {
                    return script(&mut wire);
                }
                if !wire.relay(honest) {
                    return;
                }
            }
        })
    }

    fn accepting(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (stopped, serve) = (Arc::new(AtomicBool::new(false)), Arc::new(serve));
        let told = Arc::clone(&stopped);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if told.load(Ordering::SeqCst) {
                    return;
                }
                let serve = Arc::clone(&serve);
                stream.set_nodelay(true).unwrap();
                thread::spawn(move || serve(stream));
            }
        });
        Self { address, stopped }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the listener up.
        _ = TcpStream::connect(self.address);
    }
}
