//! The outside world, translated. Providers live behind small traits; nothing here can see the database, so an adapter stays a
//! translator: pure parsing, one client, one error table.

pub mod channel;
pub mod mail;
pub mod net;
