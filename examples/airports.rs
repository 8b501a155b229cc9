//! Loads the US airports into a durable database, counts, closes, reopens and verifies:
//! `cargo run --release --example airports [CSV [DIRECTORY]]`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use lodger::{Db, Result};

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args_os().skip(1);
    let csv = args.next().map_or_else(|| PathBuf::from("examples/data/airports.csv"), PathBuf::from);
    let given = args.next().map(PathBuf::from);
    let dir = given
        .clone()
        .unwrap_or_else(|| std::env::temp_dir().join(format!("lodger-airports-{}", std::process::id())));
    let text = std::fs::read_to_string(&csv)?;
    let rows: Vec<&str> = text.lines().skip(1).filter(|line| !line.is_empty()).collect();

    let states = load(&dir, &rows)?;
    let found = verify(&dir, &rows, &states)?;
    println!(
        "{} rows in {} states loaded, closed, reopened; {found} keys found again",
        rows.len(),
        states.len()
    );
    if given.is_none() {
        std::fs::remove_dir_all(&dir)?;
    }
    Ok(())
}

/// The airport's code and its state: the first and the fourth field. City names may hold commas in quotes.
fn code_and_state(row: &str) -> (String, String) {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    for c in row.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            _ => field.push(c),
        }
    }
    fields.push(field);
    (fields[0].clone(), fields.get(3).cloned().unwrap_or_default())
}

/// Stores every row and counts the airports of each state.
fn load(dir: &Path, rows: &[&str]) -> Result<BTreeMap<String, i64>> {
    let db = Db::open(dir)?;
    let mut client = db.client()?;
    client.command(&["FLUSHALL"])?;
    let mut states = BTreeMap::new();
    let start = Instant::now();
    for (i, row) in rows.iter().enumerate() {
        let (code, state) = code_and_state(row);
        client.set(format!("airport:{code}").as_bytes(), row.as_bytes())?;
        let count = client.incr_by(format!("state:{state}").as_bytes(), 1)?;
        states.insert(state, count);
        if (i + 1) % 200 == 0 || i + 1 == rows.len() {
            let done = (i + 1) * 40 / rows.len();
            eprint!("\r[{:<40}] {}/{}", "#".repeat(done), i + 1, rows.len());
            let _ = std::io::stderr().flush();
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    eprintln!();
    println!("{:.0} rows a second, two writes each", rows.len() as f64 / seconds);
    db.close()?;
    Ok(states)
}

/// Opens the directory again and compares everything.
fn verify(dir: &Path, rows: &[&str], states: &BTreeMap<String, i64>) -> Result<i64> {
    let db = Db::open(dir)?;
    let mut client = db.client()?;
    for row in rows {
        let key = format!("airport:{}", code_and_state(row).0);
        assert_eq!(client.get(key.as_bytes())?, Some(row.as_bytes()), "{key}");
    }
    for (state, count) in states {
        let key = format!("state:{state}");
        assert_eq!(client.get(key.as_bytes())?, Some(count.to_string().as_bytes()), "{key}");
    }
    let keys = client.command(&["DBSIZE"])?.as_int().unwrap_or(0);
    assert_eq!(keys, i64::try_from(rows.len() + states.len()).unwrap_or(-1));
    db.close()?;
    Ok(keys)
}
