//! The floor everything stands on. It knows no feature: configuration, database, event log, guards and routes, real time, the bus
//! between nodes, secrets, telemetry.

pub mod audit;
pub mod auth;
pub mod bus;
pub mod config;
pub mod crypto;
pub mod db;
pub mod event;
pub mod http;
pub mod job;
pub mod realtime;
pub mod telemetry;
