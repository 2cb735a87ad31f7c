//! The program: command line, composition root, route table, embedded web app, managed PostgreSQL.

pub mod cli;
pub mod demo;
pub mod doctor;
mod jobs;
pub mod node;
pub mod postgres;
pub mod routes;
mod shop;
pub mod web;
mod widget;

/// The version of this build.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The migrations, compiled in.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations");
