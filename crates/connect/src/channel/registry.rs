//! The only list of channels.

use super::{Channel, chat, whatsapp};

/// Every kind of channel this build speaks.
#[derive(Debug, Default, Clone, Copy)]
pub struct Registry;

impl Registry {
    /// All kinds.
    pub fn all(self) -> [&'static dyn Channel; 2] {
        [&whatsapp::WhatsApp, &chat::Chat]
    }

    /// The kind by its name.
    pub fn get(self, kind: &str) -> Option<&'static dyn Channel> {
        self.all().into_iter().find(|c| c.kind() == kind)
    }
}
