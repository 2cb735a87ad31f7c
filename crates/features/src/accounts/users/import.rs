//! Many users at once from a CSV file: every line is looked at and everything wrong with it said; then all are made or none.

use std::collections::HashMap;

use kernel::{
    audit::Record,
    auth::{Actor, Role},
    db::Tx,
    http::Problem,
};
use schemars::JsonSchema;
use serde::Serialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    check,
    create::{Maker, NewUser, create_user},
    invite::link_for,
    store,
};
use crate::{
    App,
    accounts::{AccountError, links::Purpose},
    teams,
};

/// Most users at a time: they are made in one transaction, which must stay short.
const MOST: usize = 500;

/// One line of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ImportRow {
    /// Its number in the file; the head line is 1.
    pub line: u64,
    /// How they are to be shown.
    pub name: String,
    /// What they are to sign in with.
    pub email: String,
    /// Their role, as written.
    pub role: String,
    /// Their teams, by name.
    pub teams: Vec<String>,
    /// Everything that is wrong with it, in words.
    pub problems: Vec<String>,
}

/// What an import did, or would do.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImportResult {
    /// Every line of the file but the first.
    pub rows: Vec<ImportRow>,
    /// Lines without problems.
    pub valid: usize,
    /// Lines with problems.
    pub invalid: usize,
    /// Users made.
    pub created: usize,
}

/// What the database says about the names and addresses in a file.
struct Known {
    /// Teams by their name in lower case.
    teams: HashMap<String, Uuid>,
    /// Addresses that somebody has.
    taken: Vec<String>,
}

/// Looks a file over without making anything.
pub(super) async fn dry_run(conn: &mut PgConnection, csv: &str) -> Result<ImportResult, Problem> {
    let mut rows = read(csv)?;
    let known = known(conn, &rows).await?;
    judge(&mut rows, &known);
    Ok(result(rows, 0))
}

/// Makes and invites everybody in a file, or nobody when any line is wrong.
pub(super) async fn import(app: &App, tx: &mut Tx, actor: &Actor, csv: &str) -> Result<ImportResult, Problem> {
    let mut rows = read(csv)?;
    let known = known(tx, &rows).await?;
    judge(&mut rows, &known);
    let (count, bad) = (rows.len(), rows.iter().filter(|row| !row.problems.is_empty()).collect::<Vec<_>>());
    if !bad.is_empty() {
        let detail = format!("{} of {count} lines need attention; nobody was made.", bad.len());
        return Err(Problem::field("csv", detail).with("rows", &bad));
    }
    let maker = Maker::of(app);
    for row in &rows {
        let new = NewUser {
            name: row.name.clone(),
            email: row.email.clone(),
            role: parse_role(&row.role).ok_or_else(|| Problem::internal("a checked role is unknown"))?,
            team_ids: row.teams.iter().filter_map(|name| known.teams.get(&name.to_lowercase()).copied()).collect(),
            password: None,
        };
        let user = create_user(&maker, tx, actor, new).await?;
        link_for(app, tx, &user, Purpose::Invite, actor).await?;
    }
    tx.record(app.now(), &Record::by(actor, "users.imported").with("count", count));
    Ok(result(rows, count))
}

fn result(rows: Vec<ImportRow>, created: usize) -> ImportResult {
    let invalid = rows.iter().filter(|row| !row.problems.is_empty()).count();
    ImportResult { valid: rows.len() - invalid, invalid, created, rows }
}

async fn known(conn: &mut PgConnection, rows: &[ImportRow]) -> Result<Known, sqlx::Error> {
    let emails: Vec<_> = rows.iter().filter_map(|row| check::email(&row.email).ok()).collect();
    Ok(Known { taken: store::taken_emails(conn, &emails).await?, teams: teams::ids_by_name(conn).await? })
}

/// The lines of a file. What makes the file as a whole unreadable is an error.
fn read(csv: &str) -> Result<Vec<ImportRow>, Problem> {
    let wrong = |message: String| Err(Problem::field("csv", message));
    // Spreadsheets write a mark at the beginning.
    let text = csv.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let head = reader.headers().map_err(Problem::internal)?.clone();
    let head: Vec<_> = head.iter().map(str::to_lowercase).collect();
    const HINT: &str = "The first line says what the columns are: name,email,role,teams. They are separated by commas, and teams within a \
                        cell by semicolons.";
    for needed in ["name", "email", "role"] {
        if !head.iter().any(|column| column == needed) {
            return wrong(format!("The column “{needed}” is missing. {HINT}"));
        }
    }
    for (at, column) in head.iter().enumerate() {
        if !["name", "email", "role", "teams"].contains(&column.as_str()) {
            return wrong(format!("“{}” is no column of an import. {HINT}", shown(column)));
        }
        if head[..at].contains(column) {
            return wrong(format!("The column “{column}” is there twice. {HINT}"));
        }
    }
    let mut rows = Vec::new();
    let (mut line, mut counted) = (1_u64, 0);
    for record in reader.records() {
        let record = record.map_err(Problem::internal)?;
        // The reader's own count stops before the second half of a line's end (CR LF), and at empty lines.
        let from = record.position().and_then(|at| usize::try_from(at.byte()).ok()).unwrap_or_default().max(counted);
        let begins = text[from..].find(|c| !matches!(c, '\r' | '\n')).map_or(text.len(), |at| from + at);
        line += text[counted..begins].matches('\n').count() as u64;
        counted = begins;
        let cell = |name: &str| {
            let at = head.iter().position(|column| column == name);
            at.and_then(|at| record.get(at)).unwrap_or_default().to_owned()
        };
        let teams = cell("teams").split(';').map(|team| team.trim().to_owned()).filter(|team| !team.is_empty()).collect();
        let mut problems = Vec::new();
        if record.len() != head.len() {
            problems.push(format!("The line has {} cells, the first line {}.", record.len(), head.len()));
        }
        rows.push(ImportRow { line, name: cell("name"), email: cell("email"), role: cell("role"), teams, problems });
        if rows.len() > MOST {
            return wrong(format!("An import takes at most {MOST} users. Split the file."));
        }
    }
    if rows.is_empty() { wrong("There is nobody in this file: it has no line after the first.".to_owned()) } else { Ok(rows) }
}

/// Says what is wrong with each line.
fn judge(rows: &mut [ImportRow], known: &Known) {
    let mut seen: HashMap<String, u64> = HashMap::new();
    for row in rows {
        if row.name.is_empty() {
            row.problems.push("The name is missing.".to_owned());
        } else if let Err(AccountError::Invalid { message, .. }) = check::name(&row.name) {
            row.problems.push(message);
        }
        if row.email.is_empty() {
            row.problems.push("The e-mail is missing.".to_owned());
        } else {
            match check::email(&row.email) {
                Ok(email) => {
                    if known.taken.contains(&email) {
                        row.problems.push("Somebody already uses this e-mail.".to_owned());
                    }
                    match seen.get(&email) {
                        Some(line) => row.problems.push(format!("This e-mail is also in line {line}.")),
                        None => drop(seen.insert(email, row.line)),
                    }
                }
                Err(_) => row.problems.push(format!("“{}” is no e-mail address.", shown(&row.email))),
            }
        }
        if row.role.is_empty() {
            row.problems.push("The role is missing: agent, team_lead, supervisor or admin.".to_owned());
        } else if parse_role(&row.role).is_none() {
            row.problems.push(format!("“{}” is no role. Use agent, team_lead, supervisor or admin.", shown(&row.role)));
        }
        for team in row.teams.iter().filter(|team| !known.teams.contains_key(&team.to_lowercase())) {
            row.problems.push(format!("There is no team “{}”.", shown(team)));
        }
    }
}

/// A role as people write it: `Team lead` too.
fn parse_role(text: &str) -> Option<Role> {
    Role::parse(&text.to_lowercase().replace([' ', '-'], "_"))
}

/// What was written, short enough for a sentence.
fn shown(text: &str) -> String {
    const MAX: usize = 60;
    if text.chars().count() <= MAX { text.to_owned() } else { text.chars().take(MAX - 1).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        Known {
            teams: [("support".to_owned(), Uuid::from_u128(1)), ("vip desk".to_owned(), Uuid::from_u128(2))].into(),
            taken: vec!["sofia@company.example".to_owned()],
        }
    }

    fn problems(csv: &str) -> Vec<(u64, Vec<String>)> {
        let mut rows = read(csv).unwrap();
        judge(&mut rows, &known());
        rows.into_iter().map(|row| (row.line, row.problems)).collect()
    }

    #[test]
    fn a_good_file_of_a_spreadsheet_has_no_problems() {
        let csv = "\u{feff}Name,EMAIL,role,Teams\r\n\
                   \"Moreno, Leila\",Leila@Company.example,agent,Support; VIP desk\r\n\
                   \r\n\
                   Yuki,yuki@company.example,Team Lead,\r\n";
        assert_eq!(problems(csv), [(2, vec![]), (4, vec![])]);
        assert_eq!(read(csv).unwrap()[0].teams, ["Support", "VIP desk"]);
        assert_eq!(problems("email,role,name\nyuki@company.example,admin,Yuki\n"), [(2, vec![])], "teams may be left out");
    }

    #[test]
    fn every_problem_of_every_line_is_told() {
        let csv = "name,email,role,teams\n\
                   ,not an address,boss,Support;Nowhere\n\
                   Sofia,SOFIA@company.example,admin,\n\
                   Ana,ana@company.example,agent,\n\
                   Ana again,Ana@company.example,agent,\n\
                   Bo,bo@company.example\n\
                   ,,,\n";
        let told = problems(csv);
        assert_eq!(told.len(), 6);
        let words = |line: u64| told.iter().find(|(l, _)| *l == line).unwrap().1.join(" ");
        for part in ["name is missing", "“not an address” is no e-mail", "“boss” is no role", "no team “Nowhere”"] {
            assert!(words(2).contains(part), "{part}: {}", words(2));
        }
        assert!(!words(2).contains("Support"));
        assert_eq!(words(3), "Somebody already uses this e-mail.");
        assert_eq!(words(4), "");
        assert_eq!(words(5), "This e-mail is also in line 4.");
        assert!(words(6).contains("2 cells") && words(6).contains("role is missing"), "{}", words(6));
        assert!(words(7).contains("name is missing") && words(7).contains("e-mail is missing"), "{}", words(7));
    }

    #[test]
    fn files_that_are_no_import_are_told_so() {
        let many: String = (0..=MOST).map(|n| format!("N{n},n{n}@company.example,agent\n")).collect();
        for (csv, words) in [
            ("", "“name” is missing"),
            ("name;email;role;teams\nAna;ana@company.example;agent;\n", "“name” is missing"),
            ("name,email,role,password\n", "“password” is no column"),
            ("name,email,role,name\n", "twice"),
            ("name,email,role\n", "nobody in this file"),
            (format!("name,email,role\n{many}").as_str(), "Split"),
        ] {
            let body = format!("{:?}", read(csv).unwrap_err());
            assert!(body.contains(words), "{csv:.40}: {body}");
        }
    }
}
