//! What each channel shows of itself for the tests that all channels share: settings that work, deliveries, and how its provider signs.

use std::{fs, path::PathBuf};

use base::Time;
use http::HeaderMap;

use super::{Channel, Registry, Settings, chat, whatsapp};

/// When deliveries are signed and looked at.
pub(super) const NOW: Time = Time::UNIX_EPOCH;

/// One channel, ready to be tried.
pub(super) struct Specimen {
    /// It.
    pub channel: &'static dyn Channel,
    /// Settings that its provider signs for.
    pub settings: Settings,
    /// What its provider sends along with these bytes.
    pub sign: fn(&Settings, &[u8]) -> HeaderMap,
    /// The names of fields of its deliveries that hold a Unix time.
    pub times: &'static [&'static str],
}

impl Specimen {
    /// Those of all channels.
    pub fn all() -> impl Iterator<Item = Self> {
        Registry.all().into_iter().map(|channel| match channel.kind() {
            "whatsapp" => whatsapp::specimen(channel),
            "chat" => chat::specimen(channel),
            new => panic!("show here what {new} looks like"),
        })
    }

    /// Where its recorded deliveries are, or those that taught something while breeding.
    pub fn folder(&self, name: &str) -> PathBuf {
        [env!("CARGO_MANIFEST_DIR"), "src/channel", self.channel.kind(), name].iter().collect()
    }

    /// Everything in a folder of it, by name.
    pub fn deliveries(&self, folder: &str) -> Vec<(String, Vec<u8>)> {
        let files = fs::read_dir(self.folder(folder)).into_iter().flatten().map(|file| file.unwrap().path());
        let mut all: Vec<_> =
            files.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap())).collect();
        all.sort();
        all
    }
}
