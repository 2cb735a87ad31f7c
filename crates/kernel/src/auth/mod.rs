//! Who asks, and what they may do. Guards are the first argument of every handler; only guards make an [`Actor`] or an [`Access`].

mod actor;
mod guard;
mod token;

pub use actor::{Actor, Principal, Role};
pub(crate) use guard::document_path;
pub use guard::{
    Access, AuthState, Caller, Can, Guard, LinkTarget, On, Permission, Public, Row, SignedIn, SignedLink, SignedWebhook,
    VisitName, VisitSource, Visiting, WebhookSource,
};
pub use token::{AccessToken, Tokens};

/// Declares permission types: a name each, as in the policy table and in the API document's `x-permission`.
#[macro_export]
macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* #[derive(Debug, Clone, Copy)] pub struct $name;
        impl $crate::auth::Permission for $name { const NAME: &'static str = $text; })*
        /// The names declared here.
        pub const ALL: &[&str] = &[$($text),*];
    };
}
