//! One delivery as large as the provider makes them: a thousand things of all kinds in three megabytes.

use std::time::Instant;

use anyhow::ensure;

use crate::{
    Bench,
    client::Connection,
    report::{Figure, Table},
    stage::Stage,
    whatsapp::{accepted, customer_id, introduced, marked},
};

/// Messages in it.
const MESSAGES: u64 = 900;
/// Statuses in it.
const STATUSES: u64 = 100;
/// Its size, about.
const BYTES: usize = 3 * 1024 * 1024;
/// Deliveries measured in each repeat.
const TIMES: usize = 5;

pub(super) async fn run(bench: &mut Bench, stage: &Stage) -> anyhow::Result<()> {
    let mut connection = Connection::open(stage.webhook.address()).await?;
    let (mut took, mut size) = (Vec::new(), 0);
    for _ in 0..bench.plan.repeats * TIMES {
        let (contacts, messages, statuses) = everything(stage.webhook.numbers(MESSAGES), bench.plan.customers);
        size = contacts.len() + messages.len() + statuses.len();
        ensure!(size < 4 * 1024 * 1024, "{size} bytes are more than a delivery may have");
        let delivery = stage.webhook.signed(&contacts, &messages, &statuses)?;
        let begun = Instant::now();
        let (status, body) = connection.call(delivery).await?;
        took.push(begun.elapsed().as_secs_f64() * 1_000.0);
        accepted(status, &body)?;
        stage.webhook.acknowledge(MESSAGES as usize);
    }
    let took = Figure::of(took);
    bench.report.at_most("one large delivery ms", took.median(), 1_000.0);
    let note = format!(
        "One signed delivery of {MESSAGES} messages (texts, pictures, places, cards, choices) and {STATUSES} statuses, {:.1} MB, until it is answered, \
         which is when all of it is committed.",
        size as f64 / 1e6
    );
    let mut table = Table::new("One large delivery", note, &["", "ms"]);
    table.row("answered", vec![took]);
    bench.report.tables.push(table);
    Ok(())
}

/// Contacts, messages and statuses, each as a list of JSON.
fn everything(first: u64, customers: u64) -> (String, String, String) {
    let filling = "word ".repeat((BYTES / (MESSAGES + STATUSES) as usize).saturating_sub(400) / 5);
    let who = |n: u64| customer_id(n % customers);
    let contacts: Vec<String> = (0..MESSAGES.min(customers)).map(|n| introduced(&who(n))).collect();
    let messages: Vec<String> = (0..MESSAGES).map(|n| message(first + n, &who(n), n, &filling)).collect();
    let statuses: Vec<String> = (0..STATUSES)
        .map(|n| {
            format!(
                r#"{{"id":"wamid.NOBODY{:012}","status":"delivered","timestamp":"1767225600","recipient_id":"{}","filling":"{filling}"}}"#,
                first + n,
                who(n)
            )
        })
        .collect();
    (contacts.join(","), messages.join(","), statuses.join(","))
}

/// A message of one of the kinds, about as long as any other.
fn message(number: u64, from: &str, kind: u64, filling: &str) -> String {
    let text = marked(number);
    let (name, body) = match kind % 6 {
        0 => ("image", format!(r#"{{"id":"m{number}","mime_type":"image/jpeg","sha256":"x","caption":"{text} {filling}"}}"#)),
        1 => ("location", format!(r#"{{"latitude":-23.5,"longitude":-46.6,"name":"{text} {filling}"}}"#)),
        2 => ("contacts", format!(r#"[{{"name":{{"formatted_name":"{text} {filling}"}},"phones":[{{"phone":"+1 555"}}]}}]"#)),
        3 => {
            let reply = format!(r#"{{"id":"b1","title":"{text} {filling}"}}"#);
            ("interactive", format!(r#"{{"type":"button_reply","button_reply":{reply}}}"#))
        }
        _ => ("text", format!(r#"{{"body":"{text} {filling}"}}"#)),
    };
    format!(r#"{{"from":"{from}","id":"wamid.BENCH{number:012}","timestamp":"1767225600","type":"{name}","{name}":{body}}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_json_of_the_size_it_should_have() {
        let (contacts, messages, statuses) = everything(7, 300);
        let count = |list: &str| serde_json::from_str::<Vec<serde_json::Value>>(&format!("[{list}]")).unwrap().len() as u64;
        assert_eq!((count(&contacts), count(&messages), count(&statuses)), (300, MESSAGES, STATUSES));
        let size = contacts.len() + messages.len() + statuses.len();
        assert!((BYTES * 9 / 10..BYTES * 11 / 10).contains(&size), "{size}");
    }
}
