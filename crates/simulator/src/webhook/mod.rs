//! The calls we make to the business: envelopes, signatures, the queue with its retries, statuses.

pub(crate) mod call;
pub(crate) mod envelope;
pub(crate) mod queue;
pub(crate) mod sign;
pub(crate) mod status;
