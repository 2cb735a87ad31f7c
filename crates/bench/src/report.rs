//! What was found: tables for people (Markdown, so that they can be kept as they are) and JSON for programs.

use std::fmt::Write as _;

use serde::Serialize;

/// A figure, measured once or several times.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    min: f64,
    median: f64,
    max: f64,
    #[serde(skip)]
    times: usize,
}

impl Figure {
    /// Of repeats.
    pub fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        let middle = values.len() / 2;
        let median =
            if values.len().is_multiple_of(2) && middle > 0 { f64::midpoint(at(middle - 1), at(middle)) } else { at(middle) };
        Self { min: at(0), median, max: at(values.len().saturating_sub(1)), times: values.len() }
    }

    /// The one in the middle.
    pub fn median(&self) -> f64 {
        self.median
    }
}

impl From<f64> for Figure {
    fn from(value: f64) -> Self {
        Self::of(vec![value])
    }
}

impl std::fmt::Display for Figure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.times {
            1 => f.write_str(&short(self.median)),
            _ => write!(f, "{} ({}–{})", short(self.median), short(self.min), short(self.max)),
        }
    }
}

/// Three digits that count.
fn short(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        v if v >= 1.0 || v == 0.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// One table: figures by row and column, every column with its unit. One without rows is only its note.
#[derive(Debug, Serialize)]
pub struct Table {
    title: String,
    note: String,
    /// The machine's load average before.
    load: f64,
    columns: Vec<&'static str>,
    rows: Vec<(String, Vec<Figure>)>,
}

impl Table {
    /// An empty one. The first column names the rows.
    pub fn new(title: impl Into<String>, note: impl Into<String>, columns: &[&'static str]) -> Self {
        Self { title: title.into(), note: note.into(), load: f64::NAN, columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row with one figure for each column after the first.
    pub fn row(&mut self, name: impl Into<String>, figures: Vec<Figure>) {
        self.rows.push((name.into(), figures));
    }
}

/// What a figure should be.
#[derive(Debug, Serialize)]
pub struct Aim {
    what: String,
    value: f64,
    limit: f64,
    met: bool,
}

/// Everything found in a run.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// What the figures belong to, by name.
    pub about: Vec<(String, String)>,
    /// In the order measured.
    pub tables: Vec<Table>,
    /// Compared with what was wanted.
    pub aims: Vec<Aim>,
}

impl Report {
    /// Notes how busy the machine was before the tables from `first` on were measured.
    pub fn note_load(&mut self, first: usize, load: f64) {
        self.tables.iter_mut().skip(first).for_each(|table| table.load = load);
    }

    /// Notes whether a figure stays below its limit.
    pub fn at_most(&mut self, what: impl Into<String>, value: f64, limit: f64) {
        self.aims.push(Aim { what: what.into(), value, limit, met: value <= limit });
    }

    /// Notes whether a figure reaches its mark.
    pub fn at_least(&mut self, what: impl Into<String>, value: f64, limit: f64) {
        self.aims.push(Aim { what: what.into(), value, limit, met: value >= limit });
    }

    /// As Markdown.
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.about {
            let _ = writeln!(text, "- {name}: {value}");
        }
        for table in &self.tables {
            let _ = writeln!(text, "\n### {}\n\n{}\n", table.title, table.note);
            if table.rows.is_empty() {
                continue;
            }
            let header = table.columns.iter().map(ToString::to_string).collect();
            let body = table.rows.iter().map(|(name, figures)| {
                std::iter::once(name.clone()).chain(figures.iter().map(ToString::to_string)).collect::<Vec<_>>()
            });
            lay_out(&mut text, &std::iter::once(header).chain(body).collect::<Vec<_>>());
            let _ = writeln!(text, "\nLoad average before: {:.1}", table.load);
        }
        if !self.aims.is_empty() {
            text.push_str("\n### Aims\n\n");
            let header = ["", "measured", "aim", ""].map(str::to_owned).to_vec();
            let body = self.aims.iter().map(|aim| {
                let met = if aim.met { "met" } else { "missed" };
                vec![aim.what.clone(), short(aim.value), short(aim.limit), met.to_owned()]
            });
            lay_out(&mut text, &std::iter::once(header).chain(body).collect::<Vec<_>>());
        }
        text
    }
}

/// Rows under a header, all columns as wide as their widest cell.
fn lay_out(text: &mut String, rows: &[Vec<String>]) {
    let Some(header) = rows.first() else { return };
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or_default().max(3)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    for (number, row) in rows.iter().enumerate() {
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(text, "| {cell}{} ", " ".repeat(width - cell.chars().count()));
        }
        text.push_str("|\n");
        if number == 0 {
            for (column, width) in widths.iter().enumerate() {
                // Figures stand right, names left.
                let line = "-".repeat(width - 1);
                let _ = if column == 0 { write!(text, "| -{line} ") } else { write!(text, "| {line}: ") };
            }
            text.push_str("|\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_show_their_spread_and_tables_stand_straight() {
        assert_eq!(Figure::of(vec![3.0, 1.0, 2.0]).to_string(), "2.00 (1.00–3.00)");
        assert_eq!(Figure::of(vec![1.0, 2.0]).median(), 1.5);
        assert_eq!(Figure::from(0.1234).to_string(), "0.123");
        let mut report = Report::default();
        let mut table = Table::new("Sums", "Of two.", &["", "sum"]);
        table.row("1 + 1", vec![2.0.into()]);
        report.tables.push(table);
        report.at_most("sum", 2.0, 1.0);
        let text = report.markdown();
        assert!(text.contains("|       | sum  |\n| ----- | ---: |\n| 1 + 1 | 2.00 |\n"), "{text}");
        assert!(text.contains("missed"), "{text}");
    }
}
