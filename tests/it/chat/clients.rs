//! Clients that know nothing of us but the protocol's page: the examples on it, as they stand there, and one written from it.

use std::{path::Path, process::Stdio};

use serde_json::{Value, json};
use tests::{PATIENCE, SIGNING_SECRET, TestApp, eventually, root};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    net::TcpListener,
    process::{Child, ChildStdin, ChildStdout, Command},
};
use uuid::Uuid;

use super::Chat;

/// A client at work.
struct Client {
    process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Client {
    fn start(program: &str, file: &Path, address: &str, port: u16) -> Self {
        let mut process = Command::new(program)
            .arg(file)
            .env("MAX_ADDRESS", address)
            .env("MAX_SECRET", SIGNING_SECRET)
            .env("PORT", port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|e| panic!("{program} is needed for this test: {e}"));
        let (input, output) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        Self { process, input, output: BufReader::new(output).lines() }
    }

    async fn writes(&mut self, line: &str) {
        self.input.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    async fn prints(&mut self) -> String {
        tokio::time::timeout(PATIENCE, self.output.next_line())
            .await
            .expect("the client says something")
            .unwrap()
            .expect("it runs")
    }
}

async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

/// The one code block of this language on the page.
fn example(language: &str) -> String {
    let page = std::fs::read_to_string(root().join("docs/channels/chat-app.md")).unwrap();
    let begin = format!("```{language}\n");
    assert_eq!(page.matches(&begin).count(), 1);
    page.split(&begin).nth(1).unwrap().split("```").next().unwrap().to_owned()
}

async fn start(program: &str, file: &Path) -> (Chat, Client) {
    let app = TestApp::start().await;
    let port = free_port().await;
    let channel = Chat::channel(&app, json!({ "callback_url": format!("http://127.0.0.1:{port}/") })).await;
    let address = format!("{}/webhooks/chat/{channel}", app.bases[0]);
    let client = Client::start(program, file, &address, port);
    (Chat { app, company: tests::Company::start().await, channel }, client)
}

async fn an_example_converses(program: &str, language: &str, ending: &str) {
    let file = std::env::temp_dir().join(format!("max-example-{}.{ending}", Uuid::new_v4()));
    std::fs::write(&file, example(language)).unwrap();
    let (chat, mut client) = start(program, &file).await;
    let agent = chat.app.agent().await;
    client.writes("Where is my order? 🚚").await;
    eventually("the message arrives", async || {
        (chat.app.probe.one::<i64>("select count(*) from message").await == 1).then_some(())
    })
    .await;
    let conversation = chat.conversation("user:42").await;
    assert_eq!(agent.messages(conversation).await[0]["text"], "Where is my order? 🚚");
    let reply = agent.reply(conversation, "It left yesterday.").await;
    while client.prints().await != "Leila Agent: It left yesterday." {}
    chat.app.probe.becomes(reply["id"].as_str().unwrap().parse().unwrap(), "read").await;
    client.process.kill().await.unwrap();
    std::fs::remove_file(file).unwrap();
    chat.app.finish().await;
}

#[tokio::test]
async fn chat_example_in_python_converses() {
    an_example_converses("python3", "python", "py").await;
}

#[tokio::test]
async fn chat_example_in_javascript_converses() {
    an_example_converses("node", "js", "mjs").await;
}

#[tokio::test]
async fn chat_independent_client_converses() {
    let (chat, mut client) = start("python3", &root().join("tests/clients/independent.py")).await;
    assert_eq!(client.prints().await, "ready");
    let agent = chat.app.agent().await;
    let user = json!({ "id": "kunde-7", "name": "Jörg Müller" });
    let hello = json!({ "events": [
        { "type": "typing", "data": { "user": { "id": "kunde-7" } } },
        { "type": "message.created", "data": { "id": "k-1", "user": user, "text": "Grüß Gott" } },
        { "type": "message.created", "data": { "id": "k-2", "user": { "id": "kunde-7" }, "location": { "latitude": 48.2, "longitude": 16.4 } } },
    ] });
    client.writes(&hello.to_string()).await;
    eventually("both arrive", async || (chat.app.probe.one::<i64>("select count(*) from message").await == 2).then_some(()))
        .await;
    let conversation = chat.conversation("user:kunde-7").await;
    let messages = agent.messages(conversation).await;
    assert_eq!((&messages[0]["text"], &messages[0]["author"]["name"]), (&json!("Grüß Gott"), &json!("Jörg Müller")));
    assert_eq!(messages[1]["content"]["latitude"], 48.2);

    let replies = [agent.reply(conversation, "Servus").await, agent.reply(conversation, "Was gibt's?").await];
    let mut mine = Value::Null;
    for reply in &replies {
        // Its answer was lost at first, so it came twice; it is told once, in order.
        let told = loop {
            let told: Value = serde_json::from_str(&client.prints().await).unwrap();
            if told["type"] == "message.created" {
                break told;
            }
        };
        assert_eq!(told["data"]["id"], reply["id"]);
        mine = told["mine"].clone();
        chat.app.probe.becomes(reply["id"].as_str().unwrap().parse().unwrap(), "delivered").await;
    }
    eventually("the emoji arrive", async || {
        let messages = agent.messages(conversation).await;
        messages[2..].iter().all(|m| m["reactions"][0]["emoji"] == "🙏").then_some(())
    })
    .await;
    // It goes on by its own ids.
    let answer = json!({ "type": "message.created", "data": { "id": "k-3", "user": { "id": "kunde-7" }, "text": "Nix", "reply_to": mine } });
    client.writes(&answer.to_string()).await;
    eventually("the answer arrives", async || {
        let messages = agent.messages(conversation).await;
        (messages.len() == 5 && messages[4]["reply_to"]["id"] == replies[1]["id"]).then_some(())
    })
    .await;
    client.process.kill().await.unwrap();
    chat.app.finish().await;
}
