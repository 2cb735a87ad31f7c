//! Files for tests, made here byte by byte or by an encoder; uploads; and a virus scanner that a test scripts.

use std::{
    io::Cursor,
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use kernel::config::Scanner;
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{Answer, Client};

/// A picture of this type and size, with some colour in it.
pub fn picture(format: ImageFormat, width: u32, height: u32) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, y| Rgb([(x % 256) as u8, (y % 256) as u8, 120]));
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(picture).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A PNG.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    picture(ImageFormat::Png, width, height)
}

/// A JPEG.
pub fn jpeg(width: u32, height: u32) -> Vec<u8> {
    picture(ImageFormat::Jpeg, width, height)
}

/// A PNG of 68 bytes that says it is 60,000 pixels wide and high.
pub fn bomb() -> Vec<u8> {
    let mut bytes = png(1, 1);
    for at in [16, 20] {
        bytes[at..at + 4].copy_from_slice(&60_000_u32.to_be_bytes());
    }
    bytes
}

/// A film of so many bytes, 640 by 360, that says it plays for 7.5 seconds. No two of its bytes in a row are the same.
pub fn film(size: usize) -> Vec<u8> {
    let atom = |kind: &[u8; 4], body: &[u8]| [&u32::try_from(body.len() + 8).unwrap().to_be_bytes()[..], kind, body].concat();
    let mvhd = [&[0; 12][..], &600_u32.to_be_bytes(), &4_500_u32.to_be_bytes(), &[0; 80]].concat();
    let mut matrix = [0; 36];
    matrix[1] = 1;
    let tkhd = [&[0; 40][..], &matrix, &(640_u32 << 16).to_be_bytes(), &(360_u32 << 16).to_be_bytes()].concat();
    let moov = atom(b"moov", &[atom(b"mvhd", &mvhd), atom(b"trak", &atom(b"tkhd", &tkhd))].concat());
    let start = [atom(b"ftyp", b"isom\0\0\0\0"), moov].concat();
    let filling: Vec<u8> = (0..size.saturating_sub(start.len() + 8)).map(|n| (n % 251) as u8).collect();
    [start, atom(b"mdat", &filling)].concat()
}

/// A voice message of two seconds.
pub fn recording() -> Vec<u8> {
    let page = |granule: u64, body: &[u8]| {
        [b"OggS\0\0".as_slice(), &granule.to_le_bytes(), &[0; 12], &[1, u8::try_from(body.len()).unwrap()], body].concat()
    };
    let head = [b"OpusHead\x01\x01".as_slice(), &312_u16.to_le_bytes(), &[0; 7]].concat();
    [page(0, &head), page(96_000 + 312, b"sound")].concat()
}

/// A PDF of one line.
pub fn pdf() -> Vec<u8> {
    b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n".to_vec()
}

/// What every scanner finds, put together here so that none finds it in this file.
pub fn eicar() -> Vec<u8> {
    [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR", "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"].concat().into_bytes()
}

/// Uploads a file under this name, with further fields of the form.
pub async fn upload(client: &Client, name: &str, bytes: Vec<u8>, fields: &[(&'static str, String)]) -> Answer {
    let form = fields.iter().fold(Form::new(), |form, (field, value)| form.text(*field, value.clone()));
    let form = form.part("file", Part::bytes(bytes).file_name(name.to_owned()));
    Answer::of(client.request(Method::POST, "/api/v1/media").multipart(form)).await
}

impl Client {
    /// Uploads a file; what the API says of it.
    pub async fn uploads(&self, name: &str, bytes: Vec<u8>) -> Value {
        let answer = upload(self, name, bytes, &[]).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }
}

/// Sizes of the files that are arriving: they have no name, but a process sees what it has open.
pub fn arriving(folder: &Path) -> Vec<u64> {
    let folder = folder.to_string_lossy().into_owned();
    let open = std::fs::read_dir("/proc/self/fd").unwrap().filter_map(Result::ok);
    open.filter(|entry| std::fs::read_link(entry.path()).is_ok_and(|to| to.to_string_lossy().starts_with(&folder)))
        .filter_map(|entry| std::fs::metadata(entry.path()).ok())
        .map(|file| file.len())
        .collect()
}

/// How many files lie below a folder.
pub fn kept(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries.filter_map(Result::ok).map(|entry| if entry.path().is_dir() { kept(&entry.path()) } else { 1 }).sum()
}

/// A scanner that speaks clamd's protocol and finds one thing only.
#[derive(Debug, Clone)]
pub struct Clamd {
    address: SocketAddr,
    mood: Arc<AtomicUsize>,
    scanned: Arc<AtomicUsize>,
}

impl Clamd {
    const WELL: usize = 0;
    const SILENT: usize = 1;
    const BROKEN: usize = 2;

    /// Starts one.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let clamd = Self { address: listener.local_addr().unwrap(), mood: Arc::default(), scanned: Arc::default() };
        let serving = clamd.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let clamd = serving.clone();
                tokio::spawn(async move {
                    let _ = clamd.serve(stream).await;
                });
            }
        });
        clamd
    }

    /// Where it listens.
    pub fn at(&self) -> Scanner {
        Scanner::Tcp(self.address.to_string())
    }

    /// How many files it has looked at.
    pub fn scanned(&self) -> usize {
        self.scanned.load(Ordering::SeqCst)
    }

    /// It answers as it should.
    pub fn recovers(&self) {
        self.mood.store(Self::WELL, Ordering::SeqCst);
    }

    /// It hangs up without a word.
    pub fn falls_silent(&self) {
        self.mood.store(Self::SILENT, Ordering::SeqCst);
    }

    /// It says that something is wrong with itself.
    pub fn breaks(&self) {
        self.mood.store(Self::BROKEN, Ordering::SeqCst);
    }

    async fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut command = [0; 10];
        stream.read_exact(&mut command).await?;
        assert_eq!(&command, b"zINSTREAM\0");
        let mut file = Vec::new();
        loop {
            let length = stream.read_u32().await? as usize;
            if length == 0 {
                break;
            }
            let start = file.len();
            file.resize(start + length, 0);
            stream.read_exact(&mut file[start..]).await?;
        }
        self.scanned.fetch_add(1, Ordering::SeqCst);
        let found = eicar();
        let said = match self.mood.load(Ordering::SeqCst) {
            Self::SILENT => return Ok(()),
            Self::BROKEN => "INSTREAM: Can't write to temporary file. ERROR",
            _ if file.windows(found.len()).any(|window| window == found) => "stream: Win.Test.EICAR_HDB-1 FOUND",
            _ => "stream: OK",
        };
        stream.write_all(said.as_bytes()).await?;
        stream.write_all(b"\0").await?;
        tokio::time::timeout(Duration::from_secs(1), stream.shutdown()).await?
    }
}
