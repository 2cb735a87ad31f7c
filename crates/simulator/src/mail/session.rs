//! One SMTP conversation (RFC 5321), as strict as a real server about order, sizes and time. It offers neither TLS nor sign-in,
//! for it serves this machine only. Nothing it hears is trusted to end.

use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::Caught;

/// Longest command with its line break; the standard's 512, with room for long addresses.
const COMMAND: usize = 1024;
/// Longest line of a mail with its line break, as the standard has it.
const LINE: usize = 1000;
/// Largest mail.
const MAIL: usize = 256 * 1024;
/// Recipients of one mail.
const RECIPIENTS: usize = 100;
/// Wrong commands until we hang up.
const MISTAKES: u32 = 10;
/// The client may be silent for so long; and a whole session may take so long.
const SILENCE: Duration = Duration::from_secs(60);
const SESSION: Duration = Duration::from_secs(600);

/// Who decides about mail, and takes it.
pub(super) trait Post {
    /// The code with which mail to this address is refused.
    fn refuses(&self, address: &str) -> Option<u16>;
    /// Takes a mail; the client waits for as long as this does.
    fn take(&self, caught: Caught) -> impl Future<Output = ()> + Send;
}

/// Why the conversation is over.
enum End {
    /// The client left, or the connection broke.
    Gone,
    /// We hang up with these words.
    Hang(&'static str),
}

impl From<std::io::Error> for End {
    fn from(_: std::io::Error) -> Self {
        End::Gone
    }
}

/// A line that was read.
enum Line {
    Whole(Vec<u8>),
    TooLong,
}

pub(super) struct Session<S, P> {
    stream: S,
    post: P,
    greeted: bool,
    /// The envelope so far.
    from: Option<String>,
    to: Vec<String>,
    mistakes: u32,
}

impl<S: AsyncBufRead + AsyncRead + AsyncWrite + Unpin, P: Post> Session<S, P> {
    pub(super) fn new(stream: S, post: P) -> Self {
        Self { stream, post, greeted: false, from: None, to: Vec::new(), mistakes: 0 }
    }

    /// Speaks until one side has enough.
    pub(super) async fn run(mut self) {
        let end = timeout(SESSION, self.converse()).await.unwrap_or(Err(End::Hang("421 this takes too long")));
        if let Err(End::Hang(words)) = end {
            let _ = timeout(SILENCE, self.say(words)).await;
        }
        let _ = timeout(SILENCE, self.stream.shutdown()).await;
    }

    async fn converse(&mut self) -> Result<(), End> {
        self.say("220 simulator ESMTP").await?;
        loop {
            let Line::Whole(line) = self.line(COMMAND).await? else {
                self.mistake("500 the line is too long").await?;
                continue;
            };
            let Ok(line) = String::from_utf8(line) else {
                self.mistake("500 the line is not UTF-8").await?;
                continue;
            };
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" if !rest.trim().is_empty() => {
                    self.start();
                    self.say(&format!("250-simulator\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE {MAIL}")).await?;
                }
                "HELO" if !rest.trim().is_empty() => {
                    self.start();
                    self.say("250 simulator").await?;
                }
                "EHLO" | "HELO" => self.mistake("501 say who you are").await?,
                "MAIL" => self.mail(rest).await?,
                "RCPT" => self.recipient(rest).await?,
                "DATA" if rest.is_empty() => self.data().await?,
                "RSET" if rest.is_empty() => {
                    self.forget();
                    self.say("250 forgotten").await?;
                }
                "NOOP" => self.say("250 nothing done").await?,
                "VRFY" => self.say("252 send it and see").await?,
                "QUIT" => return Err(End::Hang("221 good-bye")),
                "STARTTLS" | "AUTH" => self.mistake("502 not offered").await?,
                _ => self.mistake("500 no such command").await?,
            }
        }
    }

    fn start(&mut self) {
        self.greeted = true;
        self.forget();
    }

    fn forget(&mut self) {
        self.from = None;
        self.to.clear();
    }

    async fn mail(&mut self, rest: &str) -> Result<(), End> {
        let Some((address, parameters)) = path(rest, "FROM:") else { return self.mistake("501 write MAIL FROM:<address>").await };
        if !self.greeted || self.from.is_some() {
            return self.mistake("503 not now").await;
        }
        for parameter in parameters.split_ascii_whitespace() {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match name.to_ascii_uppercase().as_str() {
                "SIZE" => match value.parse::<usize>() {
                    Ok(size) if size <= MAIL => {}
                    Ok(_) => return self.say("552 the mail is too large").await,
                    Err(_) => return self.mistake("501 SIZE is a number").await,
                },
                "BODY" | "SMTPUTF8" => {}
                _ => return self.mistake("555 this parameter is not known").await,
            }
        }
        self.from = Some(address);
        self.say("250 fine").await
    }

    async fn recipient(&mut self, rest: &str) -> Result<(), End> {
        if self.from.is_none() {
            return self.mistake("503 MAIL comes first").await;
        }
        let address = match path(rest, "TO:") {
            Some((address, "")) if address.contains('@') => address,
            _ => return self.mistake("501 write RCPT TO:<address>").await,
        };
        if self.to.len() >= RECIPIENTS {
            return self.say("452 too many recipients").await;
        }
        match self.post.refuses(&address) {
            Some(code) => self.say(&format!("{code} <{address}> is refused")).await,
            None => {
                self.to.push(address);
                self.say("250 fine").await
            }
        }
    }

    async fn data(&mut self) -> Result<(), End> {
        if self.to.is_empty() {
            return self.mistake("503 RCPT comes first").await;
        }
        self.say("354 go on, and end with a dot on a line of its own").await?;
        let (mut raw, mut trouble) = (Vec::new(), None);
        loop {
            match self.line(LINE).await? {
                Line::Whole(line) if line == b"." => break,
                Line::TooLong => trouble = Some("500 a line of the mail is too long"),
                Line::Whole(_) if trouble.is_some() => {}
                Line::Whole(line) => {
                    raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
                    raw.extend_from_slice(b"\r\n");
                    if raw.len() > MAIL {
                        (raw, trouble) = (Vec::new(), Some("552 the mail is too large"));
                    }
                }
            }
        }
        let (from, to) = (self.from.take().unwrap_or_default(), std::mem::take(&mut self.to));
        if let Some(words) = trouble {
            return self.say(words).await;
        }
        self.post.take(Caught { from, to, raw }).await;
        self.say("250 caught").await
    }

    /// The next line without its line break. Of one that is too long nothing is kept.
    async fn line(&mut self, limit: usize) -> Result<Line, End> {
        let mut line = Vec::new();
        let mut too_long = false;
        loop {
            // Read in pieces, so that a line without end costs no memory.
            let room = (limit + 1 - line.len()) as u64;
            let mut piece = (&mut self.stream).take(room);
            let read = timeout(SILENCE, piece.read_until(b'\n', &mut line)).await;
            if read.map_err(|_| End::Hang("421 you have been silent for too long"))?? == 0 {
                return Err(End::Gone);
            }
            if line.ends_with(b"\n") {
                break;
            }
            if line.len() > limit {
                too_long = true;
                line.clear();
            }
        }
        if too_long || line.len() > limit {
            return Ok(Line::TooLong);
        }
        // A line break is both characters. Taking less would let a mail be read differently here and elsewhere.
        match line.strip_suffix(b"\r\n") {
            Some(line) => Ok(Line::Whole(line.to_vec())),
            None => Err(End::Hang("500 a line ends with CR and LF")),
        }
    }

    async fn say(&mut self, words: &str) -> Result<(), End> {
        self.stream.write_all(format!("{words}\r\n").as_bytes()).await?;
        Ok(self.stream.flush().await?)
    }

    /// Says what was wrong; who is wrong too often is no mail program.
    async fn mistake(&mut self, words: &str) -> Result<(), End> {
        self.mistakes += 1;
        if self.mistakes > MISTAKES {
            return Err(End::Hang("421 too many mistakes"));
        }
        self.say(words).await
    }
}

/// `FROM:<a@b> SIZE=1` becomes the address and the parameters. The empty address, from which notices of failure come, is one too.
fn path<'a>(rest: &'a str, word: &str) -> Option<(String, &'a str)> {
    let (found, after) = rest.split_at_checked(word.len())?;
    let (address, parameters) = after.trim_start().strip_prefix('<')?.split_once('>')?;
    let plain = !address.contains(|c: char| c.is_whitespace() || c.is_control() || c == '<');
    (found.eq_ignore_ascii_case(word) && plain).then(|| (address.to_owned(), parameters.trim()))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tokio::io::{BufReader, DuplexStream, duplex};

    use super::*;

    #[derive(Clone, Default)]
    struct Box(Arc<Mutex<Vec<Caught>>>);

    impl Post for Box {
        fn refuses(&self, address: &str) -> Option<u16> {
            address.starts_with("nobody").then_some(550)
        }

        async fn take(&self, caught: Caught) {
            self.0.lock().unwrap().push(caught);
        }
    }

    fn open() -> (DuplexStream, Box) {
        let (ours, theirs) = duplex(1 << 20);
        let caught = Box::default();
        tokio::spawn(Session::new(BufReader::new(theirs), caught.clone()).run());
        (ours, caught)
    }

    /// Says everything at once, hangs up, and answers the codes of all replies.
    async fn codes(said: &[u8]) -> (Vec<String>, Box) {
        let (mut stream, caught) = open();
        stream.write_all(said).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut heard = String::new();
        stream.read_to_string(&mut heard).await.unwrap();
        let last_lines = heard.lines().filter(|line| line.as_bytes().get(3) == Some(&b' '));
        (last_lines.map(|line| line[..3].to_owned()).collect(), caught)
    }

    #[tokio::test]
    async fn a_mail_is_caught_with_its_dots() {
        let (codes, caught) = codes(
            b"EHLO me\r\nMAIL FROM:<a@x> SIZE=20 BODY=8BITMIME\r\nRCPT TO:<b@x>\r\nrcpt to: <c@x>\r\nDATA\r\n\
              Subject: x\r\n\r\n..dot\r\n.\r\nQUIT\r\n",
        )
        .await;
        assert_eq!(codes, ["220", "250", "250", "250", "250", "354", "250", "221"]);
        let caught = caught.0.lock().unwrap();
        assert_eq!((caught[0].from.as_str(), &caught[0].to), ("a@x", &vec!["b@x".to_owned(), "c@x".to_owned()]));
        assert_eq!(caught[0].raw, b"Subject: x\r\n\r\n.dot\r\n");
    }

    #[tokio::test]
    async fn the_order_is_kept_and_a_refused_recipient_is_not_in_the_envelope() {
        let (said, caught) = codes(
            b"MAIL FROM:<a@x>\r\nEHLO\r\nEHLO me\r\nRCPT TO:<b@x>\r\nDATA\r\nMAIL FROM:<>\r\nMAIL FROM:<a@x>\r\n\
              RCPT TO:<nobody@x>\r\nDATA\r\nRCPT TO:<b>\r\nRSET\r\nRCPT TO:<b@x>\r\n",
        )
        .await;
        assert_eq!(said, ["220", "503", "501", "250", "503", "503", "250", "503", "550", "503", "501", "250", "503"]);
        assert!(caught.0.lock().unwrap().is_empty());
        let (said, _) =
            codes(b"EHLO me\r\nMAIL FROM:a@x\r\nMAIL FROM:<a@x> X=1\r\nMAIL FROM:<a@x> SIZE=9999999\r\nHELP\r\nNOOP\r\n").await;
        assert_eq!(said, ["220", "250", "501", "555", "552", "500", "250"]);
    }

    #[tokio::test]
    async fn what_is_too_large_is_refused_without_being_kept() {
        let hello = b"EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n".to_vec();
        let large = [&hello[..], &b"0123456789012345678901234567890123456789\r\n".repeat(8000), b".\r\nNOOP\r\n"].concat();
        assert_eq!(codes(&large).await.0, ["220", "250", "250", "250", "354", "552", "250"]);
        let wide = [&hello[..], &b"x".repeat(5000), b"\r\n.\r\nNOOP\r\n"].concat();
        assert_eq!(codes(&wide).await.0, ["220", "250", "250", "250", "354", "500", "250"]);
        let command = [&b"x".repeat(100_000)[..], b"\r\nNOOP\r\n"].concat();
        assert_eq!(codes(&command).await.0, ["220", "500", "250"]);
        let many = [&b"EHLO me\r\nMAIL FROM:<a@x>\r\n"[..], &b"RCPT TO:<b@x>\r\n".repeat(101)].concat();
        assert_eq!(codes(&many).await.0.last().unwrap(), "452");
    }

    #[tokio::test]
    async fn a_bare_line_feed_ends_the_conversation() {
        let (said, caught) = codes(b"EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\nhi\n.\nMAIL FROM:<c@x>\r\n").await;
        assert_eq!(said.last().unwrap(), "500");
        assert!(caught.0.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn who_is_wrong_too_often_is_sent_away() {
        let (said, _) = codes(&b"GET / HTTP/1.1\r\n".repeat(50)).await;
        assert_eq!((said.len(), said.last().unwrap().as_str()), (12, "421"));
    }

    #[tokio::test(start_paused = true)]
    async fn who_says_nothing_is_sent_away() {
        let (mut stream, _) = open();
        stream.write_all(b"EHLO").await.unwrap();
        let mut heard = String::new();
        stream.read_to_string(&mut heard).await.unwrap();
        assert!(heard.ends_with("421 you have been silent for too long\r\n"), "{heard}");
        // A byte now and then is no conversation either.
        let (mut stream, _) = open();
        let drip = async {
            while stream.write_all(b"NOOP\r\n").await.is_ok() {
                tokio::time::sleep(Duration::from_secs(50)).await;
            }
        };
        timeout(Duration::from_secs(700), drip).await.expect("it ends after ten minutes");
    }
}
