//! HTTP/1.1 framing (RFC 9112) on a byte stream, keeping every byte of the heads.

use std::io;

use bytes::BytesMut;
use futures::FutureExt;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::clock::{Deadline, within};
use crate::wire::grammar::{
    Expected, Fault, Length, check_head, chunk_size, head_end, is_interim, keeps_alive, length, may_begin,
    waits_for_permission,
};
use crate::wire::{RawMessage, tls};

/// Longest head that is read.
const HEAD_MAX: usize = 64 * 1024;
/// Longest body of an answer that is read: as a JSON tree it may take fifty times as much.
const ANSWER_MAX: usize = 2 * 1024 * 1024;
/// Longest body of a request that is read: hundreds of peers may be sending at a time.
const REQUEST_MAX: usize = 256 * 1024;
/// As much is kept of a body that is too long: more than is ever shown, so that who shows it knows that it was cut.
const KEPT_OF_TOO_LONG: usize = 260 * 1024;
/// Interim answers before the answer.
const INTERIM_MAX: usize = 32;
/// Longest line between two chunks, extensions included.
const CHUNK_LINE_MAX: usize = 4 * 1024;
/// Longest chunk lines and trailer fields of one body, taken together.
const CHUNK_LINES_MAX: usize = 256 * 1024;

/// Bytes that are still read from a peer that we have hung up on.
const LINGER_BYTES_MAX: u64 = 64 * 1024;

/// A byte stream in both directions.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// One connection, cut into messages.
pub(super) struct Framed {
    stream: Box<dyn Duplex>,
    buffer: BytesMut,
    incoming: RawMessage,
    reusable: bool,
}

impl Framed {
    pub(super) fn new(stream: impl Duplex + 'static) -> Self {
        Self { stream: Box::new(stream), buffer: BytesMut::new(), incoming: RawMessage::default(), reusable: true }
    }

    /// Sends a message.
    pub(super) async fn send(&mut self, message: &RawMessage) -> io::Result<()> {
        // One write for both: a head alone in its segment would wait for an acknowledgement.
        let bytes = [message.head.as_slice(), message.body.as_slice()].concat();
        self.stream.write_all(&bytes).await?;
        self.stream.flush().await
    }

    /// Receives a message; interim responses are passed over. Dropped or failed half-way, it leaves what arrived to
    /// [`Self::fragment`].
    pub(super) async fn receive(&mut self, expected: Expected) -> Result<RawMessage, Fault> {
        self.incoming = RawMessage::default();
        self.reusable = true;
        for _ in 0..=INTERIM_MAX {
            self.head(expected).await?;
            if !is_interim(&self.incoming) {
                return self.rest(expected).await;
            }
            self.incoming = RawMessage::default();
        }
        Err(Fault::Malformed(format!("more than {INTERIM_MAX} interim answers")))
    }

    /// What follows the head.
    async fn rest(&mut self, expected: Expected) -> Result<RawMessage, Fault> {
        let length = length(&self.incoming, expected)?;
        if expected == Expected::Request && waits_for_permission(&self.incoming) {
            // Who is gone will not send the body either: that is found out there.
            let _gone = self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await;
            let _gone = self.stream.flush().await;
        }
        let most = match expected {
            Expected::Request => REQUEST_MAX,
            Expected::Response { .. } => ANSWER_MAX,
        };
        self.body(length, most).await?;
        self.reusable = self.reusable && keeps_alive(&self.incoming);
        Ok(std::mem::take(&mut self.incoming))
    }

    /// What arrived of a message that never became complete.
    pub(super) fn fragment(&mut self) -> Option<RawMessage> {
        let mut message = std::mem::take(&mut self.incoming);
        if message.head.is_empty() {
            message.head = self.buffer.split().to_vec();
        }
        message.truncated = true;
        (!message.head.is_empty()).then_some(message)
    }

    /// Whether another exchange can follow the last message received.
    pub(super) fn is_reusable(&self) -> bool {
        self.reusable
    }

    /// Whether the peer has neither sent anything nor gone since the last exchange.
    pub(super) fn is_quiet(&mut self) -> bool {
        self.buffer.is_empty() && self.fill().now_or_never().is_none()
    }

    /// Waits for the first byte of the next message, as long as it takes.
    pub(super) async fn begins(&mut self) -> Result<(), Fault> {
        if self.buffer.is_empty() {
            self.fill().await?;
        }
        Ok(())
    }

    /// Says goodbye and lets the peer read it: a socket closed with unread bytes in it is reset, and the reset may
    /// overtake our last words.
    pub(super) async fn close(mut self, deadline: Deadline) {
        if self.stream.shutdown().await.is_ok() {
            let mut rest = self.stream.take(LINGER_BYTES_MAX);
            let _whatever_comes = within(deadline, tokio::io::copy(&mut rest, &mut tokio::io::sink())).await;
        }
    }

    async fn head(&mut self, expected: Expected) -> Result<(), Fault> {
        let mut searched = 0;
        loop {
            if !may_begin(&self.buffer, expected) {
                return Err(Fault::Malformed("what came is not HTTP/1.1".to_owned()));
            }
            if let Some(end) = head_end(&self.buffer, searched) {
                self.incoming.head = self.buffer.split_to(end).to_vec();
                return check_head(&self.incoming, expected);
            }
            if self.buffer.len() > HEAD_MAX {
                return Err(Fault::Malformed(format!("a head longer than {HEAD_MAX} bytes")));
            }
            searched = self.buffer.len();
            self.fill().await?;
        }
    }

    async fn body(&mut self, length: Length, most: usize) -> Result<(), Fault> {
        match length {
            Length::Exactly(bytes) => self.take(bytes, most).await,
            Length::Chunked => self.chunks(most).await,
            Length::UntilClose => {
                self.reusable = false;
                match self.take(u64::MAX, most).await {
                    Err(Fault::Closed) => Ok(()),
                    other => other,
                }
            }
        }
    }

    async fn chunks(&mut self, most: usize) -> Result<(), Fault> {
        let mut lines = CHUNK_LINES_MAX;
        loop {
            let size = chunk_size(&self.line(&mut lines).await?)?;
            if size == 0 {
                break;
            }
            self.take(size, most).await?;
            if !self.line(&mut lines).await?.is_empty() {
                return Err(Fault::Malformed("a chunk longer than its size".to_owned()));
            }
        }
        while !self.line(&mut lines).await?.is_empty() {}
        Ok(())
    }

    /// Moves body bytes from the stream to the message.
    async fn take(&mut self, bytes: u64, most: usize) -> Result<(), Fault> {
        let mut missing = bytes;
        while missing > 0 {
            if self.buffer.is_empty() {
                self.fill().await?;
            }
            let wanted = usize::try_from(missing).unwrap_or(usize::MAX);
            let portion = self.buffer.split_to(wanted.min(self.buffer.len()));
            self.incoming.body.extend_from_slice(&portion);
            missing = missing.saturating_sub(portion.len() as u64);
            if self.incoming.body.len() > most {
                self.incoming.keep(KEPT_OF_TOO_LONG);
                return Err(Fault::Malformed(format!("a body longer than {most} bytes")));
            }
        }
        Ok(())
    }

    /// A line between chunks or behind them, of which no more than so many bytes may come.
    async fn line(&mut self, most: &mut usize) -> Result<Vec<u8>, Fault> {
        let mut searched = 0;
        loop {
            let fresh = self.buffer.get(searched..).unwrap_or_default();
            if let Some(at) = fresh.iter().position(|byte| *byte == b'\n') {
                let line = self.buffer.split_to(searched + at + 1);
                *most = most.checked_sub(line.len()).ok_or_else(|| {
                    Fault::Malformed(format!("chunk lines and trailer fields longer than {CHUNK_LINES_MAX} bytes"))
                })?;
                return Ok(line.trim_ascii_end().to_vec());
            }
            if self.buffer.len() > CHUNK_LINE_MAX {
                return Err(Fault::Malformed(format!("a chunk line longer than {CHUNK_LINE_MAX} bytes")));
            }
            searched = self.buffer.len();
            self.fill().await?;
        }
    }

    /// Reads more; nothing is lost when it is dropped.
    async fn fill(&mut self) -> Result<(), Fault> {
        self.buffer.reserve(4 * 1024);
        match self.stream.read_buf(&mut self.buffer).await {
            Ok(0) => Err(Fault::Closed),
            Ok(_read) => Ok(()),
            Err(error) => Err(tls::alert_in(&error).map_or(Fault::Broken, Fault::Alert)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESPONSE: Expected = Expected::Response { to_head: false };

    async fn receive(expected: Expected, bytes: &[u8]) -> (Result<RawMessage, Fault>, Framed) {
        let (near, mut far) = tokio::io::duplex(1024 * 1024);
        far.write_all(bytes).await.unwrap();
        drop(far);
        let mut framed = Framed::new(near);
        (framed.receive(expected).await, framed)
    }

    async fn body_of(bytes: &[u8]) -> String {
        String::from_utf8(receive(RESPONSE, bytes).await.0.unwrap().body).unwrap()
    }

    async fn fault_of(expected: Expected, bytes: &[u8]) -> String {
        match receive(expected, bytes).await.0.unwrap_err() {
            Fault::Malformed(why) => why,
            other @ (Fault::Closed | Fault::Broken | Fault::Alert(_)) => format!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn bodies_end_where_the_head_says() {
        assert_eq!(body_of(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc").await, "ab");
        assert_eq!(body_of(b"HTTP/1.1 200 OK\r\n\r\nuntil close").await, "until close");
        assert_eq!(body_of(b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nab").await, "");
        let chunked =
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nT: 1\r\n\r\n";
        assert_eq!(body_of(chunked).await, "abcd");
        let interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nz";
        assert_eq!(body_of(interim).await, "z");
    }

    #[tokio::test]
    async fn heads_are_kept_to_the_byte() {
        let head = b"GET /a HTTP/1.1\r\nhOsT:\t x\r\nA: 1\r\nA: 1\r\n\r\n";
        assert_eq!(receive(Expected::Request, head).await.0.unwrap().head, head);
    }

    #[tokio::test]
    async fn a_client_that_asks_first_gets_leave_to_go_on() {
        let (near, mut far) = tokio::io::duplex(1024);
        let head = b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
        let client = async {
            far.write_all(head).await.unwrap();
            let mut permission = [0; 25];
            far.read_exact(&mut permission).await.unwrap();
            far.write_all(b"ok").await.unwrap();
            permission
        };
        let mut framed = Framed::new(near);
        let (request, permission) = tokio::join!(framed.receive(Expected::Request), client);
        assert_eq!(&permission, b"HTTP/1.1 100 Continue\r\n\r\n");
        assert_eq!(request.unwrap().body, b"ok");
    }

    #[tokio::test]
    async fn nonsense_is_told_from_silence() {
        assert_eq!(fault_of(RESPONSE, b"\x15\x03\x03\x00").await, "what came is not HTTP/1.1");
        assert_eq!(fault_of(Expected::Request, b"\x16\x03\x01").await, "what came is not HTTP/1.1");
        assert_eq!(fault_of(RESPONSE, b"HTTP/1.1 20 OK\r\n\r\n").await, "start line `HTTP/1.1 20 OK`");
        assert_eq!(fault_of(RESPONSE, b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n").await, "header line `no colon`");
        assert_eq!(
            fault_of(RESPONSE, b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n").await,
            "Content-Length `1, 2`"
        );
        assert_eq!(fault_of(RESPONSE, b"").await, "Closed");
    }

    #[tokio::test]
    async fn a_cut_answer_leaves_its_fragment() {
        let (result, mut framed) = receive(RESPONSE, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc").await;
        assert!(matches!(result, Err(Fault::Closed)));
        let fragment = framed.fragment().unwrap();
        assert_eq!((fragment.body.as_slice(), fragment.truncated), (&b"abc"[..], true));
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_a_bound() {
        let mut bytes = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n900000\r\n".to_vec();
        bytes.resize(bytes.len() + 0x0090_0000, b'x');
        let (near, mut far) = tokio::io::duplex(64 * 1024);
        let writer = tokio::spawn(async move { far.write_all(&bytes).await });
        let mut framed = Framed::new(near);
        let fault = framed.receive(RESPONSE).await.unwrap_err();
        assert!(matches!(fault, Fault::Malformed(why) if why == format!("a body longer than {ANSWER_MAX} bytes")));
        let fragment = framed.fragment().unwrap();
        assert_eq!((fragment.body.len(), fragment.truncated), (KEPT_OF_TOO_LONG, true));
        assert!(fragment.body_length() > ANSWER_MAX as u64, "what came is counted");
        writer.abort();
    }

    #[tokio::test]
    async fn whoever_says_too_much_is_not_heard_to_the_end() {
        let cut = |fault: String| fault.split(" longer than ").next().unwrap_or_default().to_owned();
        let many = |head: &str, unit: &str| format!("{head}{}", unit.repeat(400_000 / unit.len()));
        let ok = "HTTP/1.1 200 OK\r\n";
        let chunked = format!("{ok}Transfer-Encoding: chunked\r\n\r\n");
        for (bytes, why) in [
            (many("HTTP/1.1 ", "2"), "a head"),
            (many(&format!("{chunked}5;x="), "y"), "a chunk line"),
            (many(&chunked, "1\r\nx\r\n"), "chunk lines and trailer fields"),
            (many(&format!("{chunked}0\r\n"), "A: b\r\n"), "chunk lines and trailer fields"),
            (many("", "HTTP/1.1 103 Early\r\n\r\n"), "more than 32 interim answers"),
            (format!("{ok}{}\r\n", "a:\r\n".repeat(2_000)), "more than 1000 header fields"),
        ] {
            assert_eq!(cut(fault_of(RESPONSE, bytes.as_bytes()).await), why);
        }
        let request = format!("PUT / HTTP/1.1\r\nContent-Length: 300000\r\n\r\n{}", "x".repeat(300_000));
        assert_eq!(cut(fault_of(Expected::Request, request.as_bytes()).await), "a body");
    }

    #[tokio::test]
    async fn two_lengths_of_two_kinds_are_none() {
        let both = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
        assert_eq!(fault_of(RESPONSE, both).await, "Content-Length and Transfer-Encoding together");
    }
}
