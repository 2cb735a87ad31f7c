//! Mentioning: who is meant, who may read it from then on, and who hears of it.

use std::collections::{BTreeSet, HashMap, HashSet};

use kernel::{
    auth::Actor,
    db::Tx,
    event::{Audience, NewEvent},
    http::Problem,
};
use serde_json::json;
use uuid::Uuid;

use super::mention::{self, Found, Mention, MentionType};
use crate::{
    App,
    accounts::{self, Person},
    conversations::{self, Locked},
    teams,
};

/// Most people and teams that one note mentions.
const MOST: usize = 50;

/// Whom a note mentions.
#[derive(Default)]
pub(super) struct Mentioned {
    /// In the order of the text, each once.
    pub mentions: Vec<Mention>,
    /// The note's words as one reads them.
    pub plain: Option<String>,
    /// The people named, and the active members of the teams named.
    people: Vec<Person>,
}

/// Looks up whom the text mentions. Whoever may not be asked is told by name.
pub(super) async fn resolve(tx: &mut Tx, text: &str) -> Result<Mentioned, Problem> {
    let found = mention::find(text);
    if found.is_empty() {
        return Ok(Mentioned::default());
    }
    let ids_of = |kind: MentionType| -> Vec<Uuid> {
        found.iter().filter(|f| f.r#type == kind).map(|f| f.id).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let (user_ids, team_ids) = (ids_of(MentionType::User), ids_of(MentionType::Team));
    if user_ids.len() + team_ids.len() > MOST {
        return Err(Problem::field("text", format!("Mention at most {MOST} people and teams.")));
    }
    let people = accounts::people(tx, &user_ids, &team_ids).await?;
    let mut names: HashMap<(MentionType, Uuid), String> =
        people.iter().map(|p| ((MentionType::User, p.id), p.name.clone())).collect();
    names.extend(teams::by_ids(tx, &team_ids).await?.into_iter().map(|t| ((MentionType::Team, t.id), t.name)));

    let mut mentions: Vec<Mention> = Vec::new();
    for one in &found {
        let Some(name) = names.get(&(one.r#type, one.id)) else { return Err(unknown(text, one)) };
        if !mentions.iter().any(|m| (m.r#type, m.id) == (one.r#type, one.id)) {
            mentions.push(Mention { r#type: one.r#type, id: one.id, name: name.clone() });
        }
    }
    let plain = mention::plain(text, &found, |one| names.get(&(one.r#type, one.id)).cloned());
    Ok(Mentioned { mentions, plain: Some(plain), people })
}

fn unknown(text: &str, one: &Found) -> Problem {
    let name = text[one.at.clone()].trim_start_matches("@[").rsplit_once("](").map_or("", |(name, _)| name);
    let what = if one.r#type == MentionType::User { "an active colleague" } else { "a team" };
    Problem::field("text", format!("{name} is not {what}, and cannot be mentioned."))
}

/// Lets those who are mentioned read the locked conversation. Naming a person gives them that; naming a team gives it to its members only
/// where the team has the conversation.
pub(super) async fn let_in(
    app: &App,
    tx: &mut Tx,
    locked: &Locked,
    actor: &Actor,
    mentioned: &Mentioned,
    seq: i64,
) -> Result<(), sqlx::Error> {
    if mentioned.mentions.is_empty() {
        return Ok(());
    }
    let joining: Vec<Uuid> = mentioned.people.iter().filter(|p| mentioned.joins(p, locked.team_id)).map(|p| p.id).collect();
    let audience = mentioned.audience(locked, &joining);
    let readers: Vec<Uuid> =
        mentioned.people.iter().filter(|p| Some(p.id) != actor.user_id() && p.sees(&audience)).map(|p| p.id).collect();
    conversations::mention(tx, locked.id, &joining, &readers, seq, app.now()).await
}

/// Tells those who are mentioned. Whoever is asked as a member of a team that does not have the conversation hears of it without its words.
pub(super) fn tell(app: &App, tx: &mut Tx, locked: &Locked, actor: &Actor, mentioned: &Mentioned, message_id: Uuid) {
    let joining: Vec<Uuid> = mentioned.people.iter().filter(|p| mentioned.joins(p, locked.team_id)).map(|p| p.id).collect();
    let audience = mentioned.audience(locked, &joining);
    let others = mentioned.people.iter().filter(|p| Some(p.id) != actor.user_id());
    let (readers, outsiders): (Vec<&Person>, Vec<&Person>) = others.partition(|p| p.sees(&audience));
    let preview = mentioned.plain.as_deref().map(conversations::shorten);
    for (people, preview) in [(readers, preview), (outsiders, None)] {
        if people.is_empty() {
            continue;
        }
        let audience = Audience { user_ids: people.iter().map(|p| p.id).collect(), ..Audience::default() };
        let data = json!({
            "conversation_id": locked.id,
            "number": locked.number,
            "message_id": message_id,
            "by": { "id": actor.user_id(), "name": actor.name() },
            "preview": preview,
        });
        tx.emit(NewEvent::new(app.now(), conversations::MENTIONED, audience, &data));
    }
}

impl Mentioned {
    fn joins(&self, person: &Person, team_id: Option<Uuid>) -> bool {
        self.mentions.iter().any(|m| match m.r#type {
            MentionType::User => m.id == person.id,
            MentionType::Team => Some(m.id) == team_id && person.team_ids.contains(&m.id),
        })
    }

    /// Who sees the conversation once these have joined it.
    fn audience(&self, locked: &Locked, joining: &[Uuid]) -> Audience {
        let user_ids: HashSet<Uuid> = locked.participant_ids.iter().chain(joining).copied().collect();
        Audience {
            conversation_id: Some(locked.id),
            team_id: locked.team_id,
            assignee_id: locked.assignee_id,
            user_ids: user_ids.into_iter().collect(),
        }
    }
}
