//! Loads the US airports into a durable database, with an index by position, a ranking of the states, a set for each
//! state and a stream of events; closes, reopens and verifies:
//! `cargo run --release --example airports [CSV [DIRECTORY]]`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use lodger::{Client, Db, Reply, Result};

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

/// The fields of a row. City names may hold commas in quotes.
fn fields(row: &str) -> Vec<String> {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    for c in row.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            _ => field.push(c),
        }
    }
    fields.push(field);
    fields
}

/// Stores every row and counts the airports of each state; fills the indexes.
fn load(dir: &Path, rows: &[&str]) -> Result<BTreeMap<String, i64>> {
    let db = Db::open(dir)?;
    let mut client = db.client()?;
    client.command(&["FLUSHALL"])?;
    let mut states = BTreeMap::new();
    let start = Instant::now();
    for (i, row) in rows.iter().enumerate() {
        let fields = fields(row);
        let (code, state) = (&fields[0], &fields[3]);
        client.set(format!("airport:{code}").as_bytes(), row.as_bytes())?;
        let count = client.incr_by(format!("state:{state}").as_bytes(), 1)?;
        client.command(&["SADD", &format!("in:{state}"), code])?;
        client.command(&["ZINCRBY", "ranking", "1", state])?;
        client.command(&["GEOADD", "places", &fields[6], &fields[5], code])?;
        client.command(&["XADD", "log", "*", "loaded", code, "state", state])?;
        states.insert(state.clone(), count);
        if (i + 1) % 200 == 0 || i + 1 == rows.len() {
            let done = (i + 1) * 40 / rows.len();
            eprint!("\r[{:<40}] {}/{}", "#".repeat(done), i + 1, rows.len());
            let _ = std::io::stderr().flush();
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    eprintln!();
    println!("{:.0} rows a second, six writes each", rows.len() as f64 / seconds);
    db.close()?;
    Ok(states)
}

/// Opens the directory again and compares everything.
fn verify(dir: &Path, rows: &[&str], states: &BTreeMap<String, i64>) -> Result<i64> {
    let db = Db::open(dir)?;
    let mut client = db.client()?;
    for row in rows {
        let key = format!("airport:{}", fields(row)[0]);
        assert_eq!(client.get(key.as_bytes())?, Some(row.as_bytes()), "{key}");
    }
    for (state, count) in states {
        let key = format!("state:{state}");
        assert_eq!(client.get(key.as_bytes())?, Some(count.to_string().as_bytes()), "{key}");
        assert_eq!(client.command(&["SCARD", &format!("in:{state}")])?.as_int(), Some(*count), "{state}");
    }
    let all = i64::try_from(rows.len()).ok();
    assert_eq!(client.command(&["ZCARD", "places"])?.as_int(), all);
    assert_eq!(client.command(&["XLEN", "log"])?.as_int(), all);
    let keys = client.command(&["DBSIZE"])?.as_int().unwrap_or(0);
    assert_eq!(keys, i64::try_from(rows.len() + 2 * states.len() + 3).unwrap_or(-1));
    ask(&mut client)?;
    db.close()?;
    Ok(keys)
}

/// What the indexes are for.
fn ask(client: &mut Client) -> Result<()> {
    let words = |reply: &Reply| -> Vec<String> {
        reply.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect()
    };
    let ranking = client.command(&["ZRANGE", "ranking", "0", "2", "REV"])?;
    println!("most airports: {}", words(&ranking).join(", "));
    let near = ["GEOSEARCH", "places", "FROMMEMBER", "JFK", "BYRADIUS", "100", "km", "ASC", "COUNT", "4"];
    println!("nearest to JFK: {}", words(&client.command(&near)?).join(", "));
    Ok(())
}
