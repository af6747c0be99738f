//! Plain tables.

/// Prints a heading.
pub fn heading(text: &str) {
    println!("\n== {text}\n");
}

/// Prints rows under their columns' names; the first column is text, the others are right-aligned.
pub fn print(columns: &[&str], rows: &[Vec<String>]) {
    let names: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
    let widths: Vec<usize> = (0..columns.len())
        .map(|column| rows.iter().chain([&names]).map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    for row in [&names].into_iter().chain(rows) {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| match column {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        println!("  {}", cells.collect::<Vec<_>>().join("   ").trim_end());
    }
}

/// A row of cells.
#[macro_export]
macro_rules! row {
    ($($cell:expr),* $(,)?) => { vec![$($cell.to_string()),*] };
}
