//! The delivery status: forward only. `queued < sent < delivered < read`; `failed` is the end unless the provider later says it arrived.

use connect::channel::DeliveryStatus;

use crate::conversations::text_enum;

text_enum! {
    /// What became of a message.
    Status {
        /// Came in.
        Received = "received",
        /// On its way out.
        Queued = "queued",
        /// The provider has it.
        Sent = "sent",
        /// On the customer's device.
        Delivered = "delivered",
        /// Seen by the customer.
        Read = "read",
        /// Not delivered.
        Failed = "failed",
        /// Nobody knows whether it was sent; the provider's word or a person's decides.
        Unconfirmed = "unconfirmed",
        /// Not said yet: it waits for its time, and its author may take it back.
        Held = "held",
    }
}

/// Where a status that arrives leads from the current one; `None` when it changes nothing.
pub fn advance(current: Status, arrived: DeliveryStatus) -> Option<Status> {
    let rank = |status: Status| match status {
        Status::Queued | Status::Unconfirmed => 0,
        Status::Sent => 1,
        // A failure outranks "the provider has it", and yields to "it is there".
        Status::Failed => 2,
        Status::Delivered => 3,
        Status::Read => 4,
        Status::Received | Status::Held => u8::MAX,
    };
    let next = match arrived {
        DeliveryStatus::Sent => Status::Sent,
        DeliveryStatus::Delivered => Status::Delivered,
        DeliveryStatus::Read => Status::Read,
        DeliveryStatus::Failed => Status::Failed,
    };
    (rank(next) > rank(current)).then_some(next)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [DeliveryStatus; 4] =
        [DeliveryStatus::Sent, DeliveryStatus::Delivered, DeliveryStatus::Read, DeliveryStatus::Failed];

    fn end_of(statuses: impl IntoIterator<Item = DeliveryStatus>) -> Status {
        statuses.into_iter().fold(Status::Queued, |s, d| advance(s, d).unwrap_or(s))
    }

    proptest! {
        /// Any order, any number of repeats: the same end, the highest that was said.
        #[test]
        fn order_and_repeats_do_not_matter(mut said in proptest::collection::vec(proptest::sample::select(&ALL[..]), 1..12), seed in any::<u64>()) {
            let end = end_of(said.clone());
            let turn = (seed as usize) % said.len();
            said.rotate_left(turn);
            said.extend(said.clone());
            prop_assert_eq!(end_of(said), end);
        }

        /// No step ever goes back.
        #[test]
        fn never_backwards(said in proptest::collection::vec(proptest::sample::select(&ALL[..]), 0..12)) {
            let order = [Status::Queued, Status::Sent, Status::Failed, Status::Delivered, Status::Read];
            let mut at = 0;
            let mut status = Status::Queued;
            for s in said {
                status = advance(status, s).unwrap_or(status);
                let now = order.iter().position(|o| *o == status).unwrap();
                prop_assert!(now >= at);
                at = now;
            }
        }
    }

    #[test]
    fn a_failure_ends_it_unless_it_arrived_after_all() {
        assert_eq!(advance(Status::Sent, DeliveryStatus::Failed), Some(Status::Failed));
        assert_eq!(advance(Status::Unconfirmed, DeliveryStatus::Failed), Some(Status::Failed));
        assert_eq!(advance(Status::Failed, DeliveryStatus::Sent), None);
        assert_eq!(advance(Status::Failed, DeliveryStatus::Delivered), Some(Status::Delivered));
        assert_eq!(advance(Status::Delivered, DeliveryStatus::Failed), None);
        for s in ALL {
            assert_eq!(advance(Status::Received, s), None, "inbound messages have no delivery status");
        }
    }
}
