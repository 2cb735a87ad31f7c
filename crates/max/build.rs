//! Rebuilds when a migration is added or a page was built: the macros that embed them do not see new files.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
    println!("cargo:rerun-if-changed=../../web/apps/agent/dist");
    println!("cargo:rerun-if-changed=../../web/apps/widget/dist");
}
