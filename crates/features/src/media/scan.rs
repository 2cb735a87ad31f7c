//! The virus scanner, over ClamAV's protocol: a file is handed over in pieces, and a line says what was found.

use std::time::Duration;

use kernel::config;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpStream, UnixStream},
    time::timeout,
};

use super::files::Spooled;

/// The longest the scanner may take to be reached, and to say something.
const CONNECT: Duration = Duration::from_secs(5);
const ANSWER: Duration = Duration::from_secs(120);
/// The longest answer.
const LONGEST_LINE: u64 = 4 * 1024;
/// How much is handed over at once.
const CHUNK: usize = 64 * 1024;

/// What the scanner says about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing is wrong with it.
    Clean,
    /// It found this.
    Found(String),
}

/// A scanner.
#[derive(Debug, Clone)]
pub struct Scanner {
    at: config::Scanner,
}

trait Line: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Line for T {}

impl Scanner {
    /// The scanner that listens there.
    pub fn new(at: config::Scanner) -> Self {
        Self { at }
    }

    /// Whether it answers; in words why not.
    pub async fn check(&self) -> Result<(), String> {
        let mut line = self.connect().await?;
        line.write_all(b"zPING\0").await.map_err(|e| e.to_string())?;
        match answer(&mut line).await?.as_str() {
            "PONG" => Ok(()),
            other => Err(format!("it says {other:?}")),
        }
    }

    /// Has a file looked at. An error says in words why nobody knows.
    pub(super) async fn scan(&self, file: &Spooled) -> Result<Verdict, String> {
        let mut line = self.connect().await?;
        let sent = timeout(ANSWER, hand_over(&mut line, file)).await.map_err(|_| "it does not take the file".to_owned())?;
        // A scanner that has heard enough (its size limit) hangs up before the end, with an answer.
        match (answer(&mut line).await, sent) {
            (Ok(said), _) => verdict(&said),
            (Err(error), Ok(())) => Err(error),
            (Err(_), Err(error)) => Err(error),
        }
    }

    async fn connect(&self) -> Result<Box<dyn Line>, String> {
        let connected = match &self.at {
            config::Scanner::Tcp(address) => {
                timeout(CONNECT, TcpStream::connect(address)).await.map(|line| line.map(|line| Box::new(line) as Box<dyn Line>))
            }
            config::Scanner::Unix(path) => {
                timeout(CONNECT, UnixStream::connect(path)).await.map(|line| line.map(|line| Box::new(line) as Box<dyn Line>))
            }
        };
        connected.map_err(|_| "it does not answer".to_owned())?.map_err(|e| e.to_string())
    }
}

async fn hand_over(line: &mut Box<dyn Line>, file: &Spooled) -> Result<(), String> {
    let mut reader = file.reader().await.map_err(|e| e.to_string())?;
    let told = async {
        line.write_all(b"zINSTREAM\0").await?;
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = reader.read(&mut chunk).await?;
            line.write_all(&u32::try_from(read).unwrap_or(0).to_be_bytes()).await?;
            if read == 0 {
                return line.flush().await;
            }
            line.write_all(&chunk[..read]).await?;
        }
    };
    told.await.map_err(|e| e.to_string())
}

async fn answer(line: &mut Box<dyn Line>) -> Result<String, String> {
    let mut said = Vec::new();
    let read = async {
        let mut limited = line.take(LONGEST_LINE);
        // One answer, ended by a zero byte or by hanging up.
        loop {
            match limited.read_u8().await {
                Ok(0) => return Ok(()),
                Ok(byte) => said.push(byte),
                Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(()),
                Err(error) => return Err(error.to_string()),
            }
        }
    };
    timeout(ANSWER, read).await.map_err(|_| "it does not answer".to_owned())??;
    let said = String::from_utf8_lossy(&said).trim().to_owned();
    if said.is_empty() { Err("it hung up without an answer".to_owned()) } else { Ok(said) }
}

/// What an answer means. Only a plain OK is one: whatever else it says, nobody knows that the file is clean.
fn verdict(said: &str) -> Result<Verdict, String> {
    let words = said.strip_prefix("stream:").unwrap_or(said).trim();
    if words == "OK" {
        return Ok(Verdict::Clean);
    }
    match words.strip_suffix("FOUND") {
        Some(name) if !name.trim().is_empty() => Ok(Verdict::Found(name.trim().to_owned())),
        _ => Err(format!("it says {words:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ok_is_clean() {
        assert_eq!(verdict("stream: OK"), Ok(Verdict::Clean));
        assert_eq!(verdict("stream: Win.Test.EICAR_HDB-1 FOUND"), Ok(Verdict::Found("Win.Test.EICAR_HDB-1".into())));
        for unknown in
            ["", "stream:", "INSTREAM size limit exceeded. ERROR", "stream: FOUND", "NOT OK", "stream: OK not", "UNKNOWN COMMAND"]
        {
            assert!(verdict(unknown).is_err(), "{unknown}");
        }
    }
}
