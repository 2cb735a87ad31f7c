//! Where a conversation stands, and which step leads where: the one table. Pure; services ask it under the row lock.

use base::Time;
use uuid::Uuid;

use super::{Locked, State};

use State::{Assigned, Closed, New, Queued, Snoozed, Triage};

/// From where a conversation can come to where. Staying where it is is no change of state and needs no line.
pub const EDGES: &[(State, &[State])] = &[
    (New, &[Triage, Queued, Assigned, Closed]),
    (Triage, &[Queued, Assigned, Closed]),
    (Queued, &[Assigned, Snoozed, Closed]),
    (Assigned, &[Queued, Assigned, Snoozed, Closed]),
    (Snoozed, &[Assigned, Queued, Closed]),
    (Closed, &[Assigned, Queued]),
];

/// What steps change of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// Where it stands.
    pub state: State,
    /// Whose queue it is in, or was.
    pub team_id: Option<Uuid>,
    /// Who has it; once closed, who had it.
    pub assignee_id: Option<Uuid>,
    /// Until when it sleeps; `None` while snoozed: until the customer writes.
    pub snoozed_until: Option<Time>,
    /// When it was closed.
    pub closed_at: Option<Time>,
}

/// A step, as far as it decides where a conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// To somebody, who works on it from now on.
    Give(Uuid),
    /// Back to whoever of its team takes it.
    Queue,
    /// To another team's queue, or to somebody there.
    Transfer(Uuid, Option<Uuid>),
    /// From one to another, or back to the queue, without waking what sleeps.
    HandOver(Option<Uuid>),
    /// Done, at this time.
    Close(Time),
    /// Not done after all: back to whoever had it, or to the queue.
    Reopen(Option<Uuid>),
    /// Aside until a time, or until the customer writes.
    Snooze(Option<Time>),
    /// Back to work.
    Wake,
}

/// Why a step is not possible, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub &'static str);

/// Where the step leads. Equal to where it was when there is nothing to do.
pub fn next(at: &Position, step: Move) -> Result<Position, Refusal> {
    let open = |assignee_id: Option<Uuid>| Position {
        state: if assignee_id.is_some() { Assigned } else { Queued },
        assignee_id,
        snoozed_until: None,
        closed_at: None,
        ..at.clone()
    };
    let to = match (step, at.state) {
        (Move::Reopen(to), Closed) => open(to),
        (Move::Reopen(_), _) => return Err(Refusal("This conversation is open already.")),
        (Move::Close(_), Closed) => return Err(Refusal("This conversation is closed already.")),
        (_, Closed) => return Err(Refusal("This conversation is closed. Reopen it first.")),
        (Move::Close(now), _) => Position { state: Closed, snoozed_until: None, closed_at: Some(now), ..at.clone() },
        // Whoever has it and snoozed it goes on sleeping when it is "given" to them: nothing changes hands.
        (Move::Give(to), _) if at.assignee_id == Some(to) => at.clone(),
        (Move::Give(to), _) => open(Some(to)),
        (Move::Transfer(team_id, to), _) => Position { team_id: Some(team_id), ..open(to) },
        (Move::Queue, Queued) => return Err(Refusal("This conversation waits in its team's queue already.")),
        (Move::Queue, New | Triage) if at.team_id.is_none() => {
            return Err(Refusal("No team has this conversation yet. Transfer it to one."));
        }
        (Move::Queue, _) => open(None),
        (Move::HandOver(to), Snoozed) => Position { assignee_id: to, ..at.clone() },
        (Move::HandOver(to), Assigned) => open(to),
        (Move::HandOver(_), _) => return Err(Refusal("Nobody has this conversation.")),
        (Move::Snooze(_), New | Triage) => {
            return Err(Refusal("No team has this conversation yet. Assign or transfer it before you snooze it."));
        }
        (Move::Snooze(until), _) => Position { state: Snoozed, snoozed_until: until, ..at.clone() },
        (Move::Wake, Snoozed) => open(at.assignee_id),
        (Move::Wake, _) => return Err(Refusal("This conversation is not snoozed.")),
    };
    debug_assert!(to.state == at.state || leads(at.state, to.state), "{step:?} from {:?} to {:?}", at.state, to.state);
    Ok(to)
}

/// Whether the table has this edge.
pub fn leads(from: State, to: State) -> bool {
    EDGES.iter().any(|(state, targets)| *state == from && targets.contains(&to))
}

impl Position {
    /// Where a locked conversation stands.
    pub fn of(row: &Locked) -> Self {
        Self {
            state: State::of_column(&row.state),
            team_id: row.team_id,
            assignee_id: row.assignee_id,
            snoozed_until: row.snoozed_until,
            closed_at: row.closed_at,
        }
    }

    /// Whether it waits for somebody to take it.
    pub fn waits(&self) -> bool {
        self.assignee_id.is_none() && matches!(self.state, New | Triage | Queued)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(seconds: i64) -> Time {
        chrono::DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn people() -> impl Strategy<Value = Uuid> {
        (1u128..4).prop_map(Uuid::from_u128)
    }

    fn moves() -> impl Strategy<Value = Move> {
        prop_oneof![
            people().prop_map(Move::Give),
            Just(Move::Queue),
            (people(), prop::option::of(people())).prop_map(|(team, to)| Move::Transfer(team, to)),
            prop::option::of(people()).prop_map(Move::HandOver),
            (0i64..1000).prop_map(|s| Move::Close(time(s))),
            prop::option::of(people()).prop_map(Move::Reopen),
            prop::option::of(0i64..1000).prop_map(|s| Move::Snooze(s.map(time))),
            Just(Move::Wake),
        ]
    }

    fn beginnings() -> impl Strategy<Value = Position> {
        prop::option::of(people()).prop_map(|team_id| Position {
            state: if team_id.is_some() { Queued } else { New },
            team_id,
            assignee_id: None,
            snoozed_until: None,
            closed_at: None,
        })
    }

    /// What holds of every conversation at every time.
    fn sound(at: &Position) -> Result<(), TestCaseError> {
        prop_assert_eq!(at.state == Closed, at.closed_at.is_some(), "{:?}", at);
        prop_assert!(at.state != Assigned || at.assignee_id.is_some(), "{:?}", at);
        prop_assert!(!matches!(at.state, New | Triage | Queued) || at.assignee_id.is_none(), "{:?}", at);
        prop_assert!(at.state == Snoozed || at.snoozed_until.is_none(), "{:?}", at);
        Ok(())
    }

    proptest! {
        #[test]
        fn whatever_is_tried_in_whatever_order_a_conversation_stays_sound(start in beginnings(), steps in prop::collection::vec(moves(), 0..40)) {
            let mut at = start;
            sound(&at)?;
            for step in steps {
                let Ok(to) = next(&at, step) else { continue };
                sound(&to)?;
                prop_assert!(to.state == at.state || leads(at.state, to.state), "{:?}: {:?} to {:?}", step, at, to);
                // The team changes by a transfer alone, and a conversation that is given has one new owner: the one it was given to.
                match step {
                    Move::Transfer(team, to_whom) => {
                        prop_assert_eq!(to.team_id, Some(team));
                        prop_assert_eq!(to.assignee_id, to_whom);
                    }
                    Move::Give(whom) => prop_assert_eq!(to.assignee_id, Some(whom)),
                    // Asleep or closed, whoever had it is remembered.
                    Move::Close(_) | Move::Snooze(_) | Move::Wake => prop_assert_eq!(to.assignee_id, at.assignee_id),
                    _ => {}
                }
                if !matches!(step, Move::Transfer(..)) {
                    prop_assert_eq!(to.team_id, at.team_id);
                }
                at = to;
            }
        }

        #[test]
        fn what_is_closed_only_reopens(start in beginnings(), step in moves()) {
            let closed = next(&start, Move::Close(time(0))).unwrap();
            match next(&closed, step) {
                Ok(to) => {
                    prop_assert!(matches!(step, Move::Reopen(_)));
                    prop_assert!(matches!(to.state, Assigned | Queued));
                }
                Err(refusal) => prop_assert!(!refusal.0.is_empty()),
            }
        }

        #[test]
        fn every_open_conversation_can_be_closed_and_be_given(start in beginnings(), steps in prop::collection::vec(moves(), 0..20), to in people()) {
            let at = steps.into_iter().fold(start, |at, step| next(&at, step).unwrap_or(at));
            if at.state != Closed {
                prop_assert_eq!(next(&at, Move::Close(time(1))).unwrap().state, Closed);
                prop_assert_eq!(next(&at, Move::Give(to)).unwrap().assignee_id, Some(to));
            }
        }
    }

    #[test]
    fn every_state_has_its_line_and_every_edge_is_walked() {
        let all = [New, Triage, Queued, Assigned, Snoozed, Closed];
        assert!(all.iter().all(|s| EDGES.iter().filter(|(from, _)| from == s).count() == 1));
        let (me, you) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut walked = Vec::new();
        for state in all {
            let owner = matches!(state, Assigned | Snoozed | Closed).then_some(me);
            for assignee_id in [owner, owner.filter(|_| state == Assigned)] {
                let at = Position {
                    state,
                    team_id: Some(me),
                    assignee_id,
                    snoozed_until: None,
                    closed_at: (state == Closed).then(|| time(0)),
                };
                for step in [
                    Move::Give(you),
                    Move::Queue,
                    Move::Transfer(you, None),
                    Move::HandOver(None),
                    Move::Close(time(0)),
                    Move::Reopen(None),
                    Move::Reopen(Some(me)),
                    Move::Snooze(None),
                    Move::Wake,
                ] {
                    walked.extend(next(&at, step).ok().map(|to| (state, to.state)));
                }
            }
        }
        for (from, targets) in EDGES {
            for to in *targets {
                // Sorting is the affair of bots, which come later and find their edge here.
                assert!(*to == Triage || walked.contains(&(*from, *to)), "nothing leads from {from:?} to {to:?}");
            }
        }
    }
}
