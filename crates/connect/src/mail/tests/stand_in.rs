//! A mail server that answers every command as it was told to, and keeps what it hears.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

/// What a command is met with.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reply {
    /// These words, without the line break.
    Say(&'static str),
    /// Nothing, for ever.
    Silence,
    /// The connection is reset.
    Reset,
}

/// `.` stands for the end of the mail, `greeting` for the first words; what is not named goes well.
type Script = &'static [(&'static str, Reply)];

#[derive(Default)]
pub(super) struct Heard {
    pub(super) commands: Vec<String>,
    pub(super) mails: Vec<String>,
}

pub(super) struct StandIn {
    /// `smtp://127.0.0.1:PORT`
    pub(super) url: String,
    heard: Arc<Mutex<Heard>>,
}

impl StandIn {
    pub(super) async fn new(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let heard = Arc::<Mutex<Heard>>::default();
        tokio::spawn({
            let heard = heard.clone();
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(talk(stream, script, heard.clone()));
                }
            }
        });
        Self { url, heard }
    }

    pub(super) fn heard<T>(&self, look: impl FnOnce(&Heard) -> T) -> T {
        look(&self.heard.lock().unwrap())
    }
}

async fn talk(stream: TcpStream, script: Script, heard: Arc<Mutex<Heard>>) {
    let mut stream = BufReader::new(stream);
    let mut command = "greeting".to_owned();
    loop {
        let told = script.iter().find(|(prefix, _)| command.starts_with(prefix)).map(|(_, reply)| *reply);
        let reply = match told {
            Some(Reply::Say(words)) => words,
            Some(Reply::Silence) => std::future::pending().await,
            Some(Reply::Reset) => {
                stream.get_ref().set_zero_linger().unwrap();
                return;
            }
            None => match command.get(..4).unwrap_or(".") {
                "gree" => "220 stand-in",
                "EHLO" => "250-stand-in\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN",
                "AUTH" => "235 welcome",
                "DATA" => "354 go on",
                "QUIT" => "221 bye",
                _ => "250 fine",
            },
        };
        if stream.write_all(format!("{reply}\r\n").as_bytes()).await.is_err() {
            return;
        }
        if reply.starts_with("354") {
            let mut mail = String::new();
            while !mail.ends_with("\r\n.\r\n") {
                if stream.read_line(&mut mail).await.unwrap_or(0) == 0 {
                    return;
                }
            }
            heard.lock().unwrap().mails.push(mail);
            command = ".".to_owned();
            continue;
        }
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        command = line.trim_end().to_owned();
        heard.lock().unwrap().commands.push(command.clone());
    }
}
