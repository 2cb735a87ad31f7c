//! What can be asked of a list, and the pure rules about it: what is a valid question, and which way to its answer is the short one.

use base::Time;
use kernel::{auth::Actor, db::contains_pattern};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::conversations::{Card, Priority, Scope, State};

/// Which conversations a list begins with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// Assigned to you.
    Mine,
    /// Waiting in your teams' queues.
    Queue,
    /// Of one team (`team_id`).
    Team,
    /// All you may see.
    #[default]
    All,
    /// Where you were mentioned, the newest mention first.
    Mentions,
    /// Yours that are put aside.
    Snoozed,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// What happened last comes first.
    Newest,
    /// What happened last comes last.
    Oldest,
    /// Who waits longest comes first, whoever does not wait last. Shows what is open unless `state` says otherwise.
    Waiting,
    /// Urgent first, and of the same priority who waits longest. Shows what is open unless `state` says otherwise.
    Priority,
}

impl Sort {
    /// The order of a view that was asked for without one.
    pub fn of(view: View) -> Self {
        if view == View::Queue { Self::Priority } else { Self::Newest }
    }
}

/// The filters of a list, as the query of the list has them. They combine: a row passes all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListFilter {
    /// Which list; `all` unless said.
    #[serde(default)]
    pub view: View,
    /// Only this team's; needed for `view=team`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_id: Option<Uuid>,
    /// Only these states, with commas between; `open` means all but closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Only this channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<Uuid>,
    /// Only what this user has; `none`: what nobody has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee_id: Option<String>,
    /// Only with this tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<Uuid>,
    /// Only these priorities, with commas between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// Only what you have not read to its end.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unread: bool,
    /// Only where the customer waits for an answer.
    #[serde(default, skip_serializing_if = "is_false")]
    pub waiting: bool,
    /// Words in the customer's name, or a conversation's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// What is wrong with a filter: the field, and what would be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct FilterError {
    /// Which.
    pub field: &'static str,
    /// What is expected.
    pub message: &'static str,
}

/// The longest text of a search.
const LONGEST_Q: usize = 200;

/// A filter that was checked, in the form the statements take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    pub view: View,
    pub sort: Sort,
    /// Which states; all unless said.
    pub states: Option<Vec<String>>,
    pub channel_id: Option<Uuid>,
    pub team_id: Option<Uuid>,
    pub assignee_id: Option<Uuid>,
    /// Only what nobody has.
    pub unassigned: bool,
    pub tag: Option<Uuid>,
    pub priorities: Option<Vec<String>>,
    pub unread: bool,
    pub waiting: bool,
    /// Words in the customer's name as a pattern.
    pub pattern: Option<String>,
    /// The number that the words may be.
    pub number: Option<i64>,
}

impl ListFilter {
    /// Checks the filter and makes the question of it that the actor asks.
    pub(crate) fn question(&self, sort: Option<Sort>, actor: &Actor) -> Result<Question, FilterError> {
        let error = |field, message| Err(FilterError { field, message });
        if self.view == View::Team && self.team_id.is_none() {
            return error("team_id", "Say which team.");
        }
        let assignee_id = match self.assignee_id.as_deref() {
            None | Some("none") => None,
            Some(id) => match id.parse() {
                Ok(id) => Some(id),
                Err(_) => return error("assignee_id", "Use the id of a user, or none."),
            },
        };
        let q = self.q.as_deref().map(str::trim).filter(|q| !q.is_empty());
        if q.is_some_and(|q| q.chars().count() > LONGEST_Q) {
            return error("q", "Use at most 200 characters.");
        }
        let mut question = Question {
            view: self.view,
            sort: sort.unwrap_or_else(|| Sort::of(self.view)),
            states: self.state.as_deref().map(states).transpose()?,
            channel_id: self.channel_id,
            team_id: self.team_id,
            assignee_id,
            unassigned: self.assignee_id.as_deref() == Some("none"),
            tag: self.tag,
            priorities: self.priority.as_deref().map(priorities).transpose()?,
            unread: self.unread,
            waiting: self.waiting,
            pattern: q.map(contains_pattern),
            number: q.and_then(|q| q.trim_start_matches(['#', 'C', 'c', '-']).parse().ok()),
        };
        question.narrow(actor.user_id().unwrap_or_default());
        Ok(question)
    }
}

impl Question {
    /// What the view and the order say, as filters.
    fn narrow(&mut self, me: Uuid) {
        match self.view {
            View::Mine | View::Snoozed => {
                // Somebody else's are not among one's own: the nil user has none.
                let other = self.assignee_id.is_some_and(|asked| asked != me) || self.unassigned;
                self.assignee_id = Some(if other { Uuid::nil() } else { me });
                self.unassigned = false;
                if self.view == View::Snoozed {
                    self.only(&[State::Snoozed]);
                }
            }
            // The statement of the queue says itself what a queue is; saying it twice would mislead the database about how much there is.
            View::Queue if self.sort == Sort::Priority => {
                if self.states.is_some() {
                    self.only(&QUEUE);
                }
            }
            View::Queue => {
                self.unassigned = true;
                self.only(&QUEUE);
            }
            View::Team | View::All | View::Mentions => {}
        }
        let queue = self.view == View::Queue;
        if matches!(self.sort, Sort::Waiting | Sort::Priority) && self.states.is_none() && !queue {
            self.only(&OPEN);
        }
    }

    /// The same question in the order of its view, for which which rows there are matters and not how they lie.
    pub(super) fn in_own_order(&self, me: Uuid) -> Self {
        let mut question = Self { sort: Sort::of(self.view), ..self.clone() };
        if self.view == View::Queue {
            (question.unassigned, question.states) = (false, self.states.clone());
        }
        question.narrow(me);
        question
    }

    fn only(&mut self, states: &[State]) {
        let within = |name: &String| states.iter().any(|s| s.as_str() == name);
        self.states = Some(match self.states.take() {
            Some(asked) => asked.into_iter().filter(within).collect(),
            None => states.iter().map(|s| s.as_str().to_owned()).collect(),
        });
    }

    /// Whether nothing that is closed can be in it.
    pub(super) fn only_open(&self) -> bool {
        self.states.as_ref().is_some_and(|states| !states.iter().any(|s| s == State::Closed.as_str()))
    }

    /// The short way to the answer for somebody with this scope.
    pub(super) fn way(&self, scope: &Scope) -> Way {
        let teams = || match self.team_id {
            Some(team) if scope.all || scope.team_ids.contains(&team) => vec![team],
            Some(_) => Vec::new(),
            None => scope.team_ids.clone(),
        };
        match (self.view, self.sort) {
            (View::Queue, Sort::Priority) if scope.all && self.team_id.is_none() => Way::Queue,
            (View::Queue, Sort::Priority) => Way::TeamQueues(teams()),
            (_, Sort::Waiting | Sort::Priority) => Way::Sorted,
            (View::Mentions, _) => Way::Mentions,
            _ if scope.all || self.assignee_id == Some(scope.user_id) => Way::Plain,
            _ if scope.whole_team && self.team_id.is_some_and(|t| scope.team_ids.contains(&t)) => Way::Plain,
            _ => Way::Reachable(teams()),
        }
    }
}

/// How the rows of a list are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// All that the filters let through are in the scope: one walk along one index.
    Plain,
    /// One's own, where one takes part, and of these teams what the role may see: a walk along an index for each, merged.
    Reachable(Vec<Uuid>),
    /// The queues of all teams, in their order.
    Queue,
    /// The queues of these teams, in their order.
    TeamQueues(Vec<Uuid>),
    /// By the time of the mention.
    Mentions,
    /// Another order than that of an index: everything that the filters let through is looked at.
    Sorted,
}

/// Where a page ends: what the row there is sorted by. A cursor of another order is refused.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Place {
    #[serde(rename = "s")]
    pub sort: Sort,
    #[serde(rename = "r", default)]
    pub rank: i32,
    #[serde(rename = "t")]
    pub at: Option<Time>,
    #[serde(rename = "i")]
    pub id: Uuid,
}

impl Place {
    /// The place of a row.
    pub(super) fn of(card: &Card, sort: Sort) -> Self {
        let rank = if sort == Sort::Priority { rank(&card.priority) } else { 0 };
        // Who does not wait comes last.
        let at = if matches!(sort, Sort::Waiting | Sort::Priority) { card.waiting_since } else { Some(card.last_activity_at) };
        Self { sort, rank, at, id: card.id }
    }
}

/// `priority_rank` of the database.
pub(super) fn rank(priority: &str) -> i32 {
    match Priority::of_column(priority) {
        Priority::Urgent => 0,
        Priority::High => 1,
        Priority::Normal => 2,
        Priority::Low => 3,
    }
}

const QUEUE: [State; 3] = [State::New, State::Triage, State::Queued];
const OPEN: [State; 5] = [State::New, State::Triage, State::Queued, State::Assigned, State::Snoozed];

fn states(asked: &str) -> Result<Vec<String>, FilterError> {
    let mut states = Vec::new();
    for name in asked.split(',').map(str::trim) {
        match (name, State::parse(name)) {
            ("open", _) => states.extend(OPEN.iter().map(|s| s.as_str().to_owned())),
            (_, Some(state)) => states.push(state.as_str().to_owned()),
            _ => {
                let message = "Use new, triage, queued, assigned, snoozed, closed or open, with commas between.";
                return Err(FilterError { field: "state", message });
            }
        }
    }
    Ok(states)
}

fn priorities(asked: &str) -> Result<Vec<String>, FilterError> {
    let known = asked.split(',').map(|name| Priority::parse(name.trim()).map(|p| p.as_str().to_owned()));
    known
        .collect::<Option<_>>()
        .ok_or(FilterError { field: "priority", message: "Use urgent, high, normal or low, with commas between." })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(filter: &ListFilter) -> Question {
        filter.question(None, &Actor::system("test")).unwrap()
    }

    #[test]
    fn views_narrow_what_was_asked_and_never_widen_it() {
        let queue = question(&ListFilter { view: View::Queue, state: Some("queued,closed".into()), ..ListFilter::default() });
        assert_eq!((queue.states, queue.sort), (Some(vec!["queued".to_owned()]), Sort::Priority));
        let by_age = ListFilter { view: View::Queue, ..ListFilter::default() };
        let by_age = by_age.question(Some(Sort::Oldest), &Actor::system("test")).unwrap();
        assert!(by_age.unassigned && by_age.only_open(), "another order than its own says what a queue is");
        let nothing = question(&ListFilter { view: View::Snoozed, state: Some("closed".into()), ..ListFilter::default() });
        assert_eq!(nothing.states, Some(Vec::new()), "nothing is both");
        let somebody = Uuid::from_u128(7);
        let mine = ListFilter { view: View::Mine, assignee_id: Some(somebody.to_string()), ..ListFilter::default() };
        assert_ne!(question(&mine).assignee_id, Some(somebody), "another's are not mine");
        let waiting = ListFilter::default().question(Some(Sort::Waiting), &Actor::system("test")).unwrap();
        assert!(waiting.only_open());
    }

    #[test]
    fn what_nobody_could_mean_is_refused_by_its_field() {
        let wrong = [
            (ListFilter { view: View::Team, ..ListFilter::default() }, "team_id"),
            (ListFilter { state: Some("asleep".into()), ..ListFilter::default() }, "state"),
            (ListFilter { state: Some("new,,closed".into()), ..ListFilter::default() }, "state"),
            (ListFilter { priority: Some("asap".into()), ..ListFilter::default() }, "priority"),
            (ListFilter { assignee_id: Some("me".into()), ..ListFilter::default() }, "assignee_id"),
            (ListFilter { q: Some("x".repeat(201)), ..ListFilter::default() }, "q"),
        ];
        for (filter, field) in wrong {
            assert_eq!(filter.question(None, &Actor::system("test")).unwrap_err().field, field);
        }
    }

    #[test]
    fn the_short_way_never_leaves_the_scope() {
        let (me, ours, theirs) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let agent = Scope { all: false, user_id: me, team_ids: vec![ours], whole_team: false };
        let lead = Scope { whole_team: true, ..agent.clone() };
        let admin = Scope { all: true, user_id: me, team_ids: Vec::new(), whole_team: false };
        let of = |filter: ListFilter| question(&filter);
        let team = |id| of(ListFilter { view: View::Team, team_id: Some(id), ..ListFilter::default() });
        assert_eq!(team(ours).way(&agent), Way::Reachable(vec![ours]), "an agent does not see the whole team");
        assert_eq!(team(theirs).way(&agent), Way::Reachable(Vec::new()));
        assert_eq!(team(ours).way(&lead), Way::Plain);
        assert_eq!(team(theirs).way(&lead), Way::Reachable(Vec::new()));
        assert_eq!(team(theirs).way(&admin), Way::Plain);
        let queue = of(ListFilter { view: View::Queue, ..ListFilter::default() });
        assert_eq!(queue.way(&agent), Way::TeamQueues(vec![ours]));
        assert_eq!(queue.way(&admin), Way::Queue);
        let other = of(ListFilter { view: View::Queue, team_id: Some(theirs), ..ListFilter::default() });
        assert_eq!(other.way(&lead), Way::TeamQueues(Vec::new()));
        assert_eq!(other.way(&admin), Way::TeamQueues(vec![theirs]));
        let others = of(ListFilter { assignee_id: Some(Uuid::from_u128(9).to_string()), ..ListFilter::default() });
        assert_eq!(others.way(&lead), Way::Reachable(vec![ours]), "what a colleague has is not all in my teams");
    }
}
