//! Where the bytes lie: a folder, or a bucket of an S3-compatible server. What arrives is first written to a file beside it, so that it can be
//! looked at before anybody keeps it, and never stands in memory whole.

use std::{
    io::{self, Seek, SeekFrom},
    ops::Range,
    path::{Path as FsPath, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use bytes::Bytes;
use connect::net::FileBody;
use futures_util::{StreamExt, TryStreamExt};
use object_store::{
    ClientOptions, GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutPayload, aws::AmazonS3Builder, local::LocalFileSystem,
    path::Path, prefix::PrefixStore,
};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufWriter};
use url::Url;

use super::sniff;

/// What goes to a bucket in one piece; larger files go in pieces of this size, one after the other.
const PART: usize = 8 * 1024 * 1024;
/// What is read from or written to a disk at once.
const CHUNK: usize = 256 * 1024;

/// Why bytes could not be kept or had.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// There is no room.
    #[error("there is no room left")]
    Full,
    /// They are not there.
    #[error("it is not there")]
    Gone,
    /// More came than is taken.
    #[error("it is larger than {0} bytes")]
    TooLarge(u64),
    /// The place cannot be reached, or refuses.
    #[error("{0}")]
    Other(String),
}

impl From<object_store::Error> for FilesError {
    fn from(error: object_store::Error) -> Self {
        let full = std::iter::successors(Some(&error as &(dyn std::error::Error + 'static)), |e| e.source())
            .any(|e| e.downcast_ref::<io::Error>().is_some_and(|e| is_full(e.kind())));
        match error {
            _ if full => Self::Full,
            object_store::Error::NotFound { .. } => Self::Gone,
            other => Self::Other(other.to_string()),
        }
    }
}

impl From<io::Error> for FilesError {
    fn from(error: io::Error) -> Self {
        if is_full(error.kind()) { Self::Full } else { Self::Other(error.to_string()) }
    }
}

fn is_full(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// The place where files are kept. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    spool: PathBuf,
}

impl Files {
    /// The place that `url` names: `file://` and a folder, which is made if need be, or `s3://` and a bucket. What arrives is first written
    /// in the folder `spool`.
    ///
    /// # Errors
    /// In words, when the folder cannot be made or the address is none.
    pub fn open(url: &Url, spool: &FsPath) -> anyhow::Result<Self> {
        let store: Arc<dyn ObjectStore> = match url.scheme() {
            "file" => {
                let folder = url.to_file_path().map_err(|()| anyhow::anyhow!("media_url {url} names no folder"))?;
                std::fs::create_dir_all(&folder).with_context(|| format!("the folder {} cannot be made", folder.display()))?;
                Arc::new(LocalFileSystem::new_with_prefix(&folder)?.with_fsync(true).with_automatic_cleanup(true))
            }
            "s3" => {
                // Plain HTTP only where the operator wrote it.
                let plain = std::env::var("AWS_ENDPOINT_URL").is_ok_and(|endpoint| endpoint.starts_with("http://"));
                let options = ClientOptions::new().with_allow_http(plain);
                let bucket = AmazonS3Builder::from_env().with_url(url.as_str()).with_client_options(options).build()?;
                match Path::parse(url.path().trim_matches('/'))? {
                    root if root.as_ref().is_empty() => Arc::new(bucket),
                    folder => Arc::new(PrefixStore::new(bucket, folder)),
                }
            }
            other => anyhow::bail!("media_url must begin with file:// or s3://, not {other}://"),
        };
        std::fs::create_dir_all(spool).with_context(|| format!("the folder {} cannot be made", spool.display()))?;
        Ok(Self { store, spool: spool.to_owned() })
    }

    /// Writes, reads and deletes a small file, as a trial.
    pub async fn check(&self, name: &str) -> Result<(), FilesError> {
        let key = format!("check/{name}");
        self.put_bytes(&key, Bytes::from_static(b"MAX was here")).await?;
        let read = self.bytes(&key).await;
        self.delete(&key).await?;
        if read?.as_ref() == b"MAX was here" {
            Ok(())
        } else {
            Err(FilesError::Other("it gives back other bytes than were written".into()))
        }
    }

    /// A place for what arrives now, of which at most `limit` bytes are taken.
    pub(super) async fn spool(&self, limit: u64) -> Result<Spool, FilesError> {
        let folder = self.spool.clone();
        // Without a name: whatever becomes of this process, nothing is left behind.
        let file = tokio::task::spawn_blocking(move || tempfile::tempfile_in(folder)).await.map_err(io::Error::other)??;
        let file = BufWriter::with_capacity(CHUNK, tokio::fs::File::from_std(file));
        Ok(Spool { file, hash: Sha256::new(), head: Vec::new(), size: 0, limit })
    }

    /// Keeps a file under this key.
    pub(super) async fn put(&self, key: &str, file: &Spooled) -> Result<(), FilesError> {
        let path = Path::from(key);
        let mut reader = file.reader().await?;
        if file.size <= PART as u64 {
            let mut bytes = Vec::with_capacity(usize::try_from(file.size).unwrap_or(PART));
            reader.read_to_end(&mut bytes).await?;
            self.store.put(&path, PutPayload::from(bytes)).await?;
            return Ok(());
        }
        let mut upload = self.store.put_multipart(&path).await?;
        let sent = async {
            loop {
                let mut part = Vec::with_capacity(PART);
                (&mut reader).take(PART as u64).read_to_end(&mut part).await?;
                if part.is_empty() {
                    break;
                }
                upload.put_part(PutPayload::from(part)).await?;
            }
            upload.complete().await?;
            Ok::<_, FilesError>(())
        }
        .await;
        if sent.is_err() {
            // What was sent of it is paid for until it is taken back; that may fail too, and the bucket's own rules then clean up.
            upload.abort().await.ok();
        }
        sent
    }

    /// Keeps these bytes under this key.
    pub(super) async fn put_bytes(&self, key: &str, bytes: Bytes) -> Result<(), FilesError> {
        self.store.put(&Path::from(key), PutPayload::from(bytes)).await?;
        Ok(())
    }

    /// All of a small file.
    async fn bytes(&self, key: &str) -> Result<Bytes, FilesError> {
        Ok(self.store.get(&Path::from(key)).await?.bytes().await?)
    }

    /// How many bytes a file has.
    pub(super) async fn size(&self, key: &str) -> Result<u64, FilesError> {
        Ok(self.store.head(&Path::from(key)).await?.size)
    }

    /// A part of a file, as it is read.
    pub(super) async fn read(&self, key: &str, range: Option<Range<u64>>) -> Result<FileBody, FilesError> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let found = self.store.get_opts(&Path::from(key), options).await?;
        Ok(found.into_stream().map_err(io::Error::other).boxed())
    }

    /// Forgets a file. One that is not there is forgotten already.
    pub(super) async fn delete(&self, key: &str) -> Result<(), FilesError> {
        match self.store.delete(&Path::from(key)).await.map_err(FilesError::from) {
            Err(FilesError::Gone) => Ok(()),
            other => other,
        }
    }
}

/// A file that is arriving.
pub(super) struct Spool {
    file: BufWriter<tokio::fs::File>,
    hash: Sha256,
    head: Vec<u8>,
    size: u64,
    limit: u64,
}

impl Spool {
    /// Takes the next bytes.
    pub(super) async fn write(&mut self, chunk: &[u8]) -> Result<(), FilesError> {
        self.size = self.size.saturating_add(chunk.len() as u64);
        if self.size > self.limit {
            return Err(FilesError::TooLarge(self.limit));
        }
        let wanted = (sniff::HEAD - self.head.len()).min(chunk.len());
        self.head.extend_from_slice(&chunk[..wanted]);
        self.hash.update(chunk);
        self.file.write_all(chunk).await?;
        Ok(())
    }

    /// It is all there.
    pub(super) async fn finish(mut self) -> Result<Spooled, FilesError> {
        self.file.flush().await?;
        let file = self.file.into_inner().into_std().await;
        Ok(Spooled { file, size: self.size, sha256: hex::encode(self.hash.finalize()), mime: sniff::mime_of(&self.head) })
    }
}

/// A file that has arrived, on this machine only. Gone when dropped.
#[derive(Debug)]
pub(super) struct Spooled {
    file: std::fs::File,
    pub size: u64,
    /// In hexadecimal.
    pub sha256: String,
    /// What its bytes are.
    pub mime: &'static str,
}

impl Spooled {
    /// Reads it from its start. One reader at a time: all share one place in the file.
    pub(super) async fn reader(&self) -> Result<tokio::fs::File, FilesError> {
        let mut file = tokio::fs::File::from_std(self.file.try_clone()?);
        file.seek(SeekFrom::Start(0)).await?;
        file.set_max_buf_size(CHUNK);
        Ok(file)
    }

    /// The file itself at its start, to be handed to another process.
    pub(super) fn handle(&self) -> io::Result<std::fs::File> {
        let mut file = self.file.try_clone()?;
        file.rewind()?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn files() -> (tempfile::TempDir, Files) {
        let folder = tempfile::tempdir().unwrap();
        let url = Url::from_directory_path(folder.path().join("kept here")).unwrap();
        let files = Files::open(&url, &folder.path().join("spool")).unwrap();
        (folder, files)
    }

    #[tokio::test]
    async fn what_is_kept_comes_back_in_whole_and_in_part() {
        let (folder, files) = files();
        files.check("now").await.unwrap();
        // More than one piece, and no multiple of anything.
        let bytes: Vec<u8> = (0..PART + 12_345).map(|n| (n % 251) as u8).collect();
        let mut spool = files.spool(bytes.len() as u64).await.unwrap();
        for chunk in bytes.chunks(10_007) {
            spool.write(chunk).await.unwrap();
        }
        let spooled = spool.finish().await.unwrap();
        assert_eq!(spooled.sha256, hex::encode(Sha256::digest(&bytes)));
        let mut head = [0; 100];
        spooled.handle().unwrap().read_exact(&mut head).unwrap();
        assert_eq!(head, bytes[..100]);
        files.put("2026/11/a/b", &spooled).await.unwrap();
        assert_eq!(files.size("2026/11/a/b").await.unwrap(), bytes.len() as u64);
        let read = async |range: Option<Range<u64>>| {
            let stream = files.read("2026/11/a/b", range).await.unwrap();
            stream
                .try_fold(Vec::new(), async |mut all, chunk| {
                    all.extend_from_slice(&chunk);
                    Ok(all)
                })
                .await
                .unwrap()
        };
        assert_eq!(read(None).await, bytes);
        assert_eq!(read(Some(5..10)).await, &bytes[5..10]);
        files.delete("2026/11/a/b").await.unwrap();
        files.delete("2026/11/a/b").await.unwrap();
        assert!(matches!(files.read("2026/11/a/b", None).await, Err(FilesError::Gone)));
        drop(spooled);
        assert_eq!(std::fs::read_dir(folder.path().join("spool")).unwrap().count(), 0, "nothing is left behind");
    }

    #[tokio::test]
    async fn no_more_is_taken_than_may_be() {
        let (_folder, files) = files();
        let mut spool = files.spool(10).await.unwrap();
        spool.write(&[1; 10]).await.unwrap();
        assert!(matches!(spool.write(&[1]).await, Err(FilesError::TooLarge(10))));
    }

    #[test]
    fn a_place_that_cannot_be_is_told_at_once() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a file"), "x").unwrap();
        let url = Url::from_directory_path(folder.path().join("a file/below")).unwrap();
        assert!(Files::open(&url, folder.path()).is_err());
        assert!(Files::open(&"ftp://x/y".parse().unwrap(), folder.path()).is_err());
    }
}
