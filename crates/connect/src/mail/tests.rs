//! Against a mail server inside the test that does as told.

mod composing;
mod sending;
mod stand_in;

use base::Time;
use uuid::Uuid;

use super::{Mail, MailOptions, Mailer};

fn mail(to_address: &str) -> Mail {
    Mail {
        id: Uuid::from_u128(7),
        at: "2026-11-25T10:00:00Z".parse::<Time>().unwrap(),
        to_name: "Léa Moreno".to_owned(),
        to_address: to_address.to_owned(),
        subject: "Set your password".to_owned(),
        text: "Hello Léa,\n\nset your password here:\nhttps://inbox.example.com/reset#abc\n\nThe link works for one hour."
            .to_owned(),
    }
}

fn options(smtp_url: &str) -> MailOptions {
    MailOptions::new(smtp_url.into(), "MAX <max@example.com>".to_owned())
}

fn mailer(smtp_url: &str) -> Mailer {
    Mailer::new(&options(smtp_url)).unwrap()
}
