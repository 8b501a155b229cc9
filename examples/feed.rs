//! Keeps an index of users by city up to date from the change feed: `cargo run --example feed`.
//!
//! The index is a second database. It remembers the offset of the last change that it has seen, in the same transaction as
//! what it made of it, so that it goes on there after the program was started anew. What a user is now is asked for when a
//! change names the key, so it does not matter which command made the change.

use std::path::Path;

use lodger::{Change, Client, Db, ErrorKind, Feed, FeedOptions, Options, Result};

type Command = Vec<Vec<u8>>;

fn command(words: &[&[u8]]) -> Command {
    words.iter().map(|word| word.to_vec()).collect()
}

/// What takes a user out of the index, and puts him in as he is now.
fn index_user(users: &mut Client, index: &mut Client, key: &[u8]) -> Result<Vec<Command>> {
    let mut commands = Vec::new();
    if let Some(before) = index.hget(b"cities", key)? {
        commands.push(command(&[b"SREM", &[b"city:", before].concat(), key]));
        commands.push(command(&[b"HDEL", b"cities", key]));
    }
    if let Some(now) = users.hget(key, b"city")? {
        commands.push(command(&[b"SADD", &[b"city:", now].concat(), key]));
        commands.push(command(&[b"HSET", b"cities", key, now]));
    }
    Ok(commands)
}

/// Runs commands as one step.
fn together(client: &mut Client, commands: &[Command]) -> Result<()> {
    client.command(&["MULTI"])?.into_result()?;
    for command in commands {
        client.command(command)?.into_result()?;
    }
    client.command(&["EXEC"])?.into_result().map(drop)
}

/// One change: what it does to the index, and that it was seen.
fn apply(users: &mut Client, index: &mut Client, change: &Change) -> Result<()> {
    let mut commands = Vec::new();
    for key in change.keys().filter(|key| key.starts_with(b"user:")) {
        commands.extend(index_user(users, index, key)?);
    }
    commands.push(command(&[b"SET", b"offset", change.offset().to_string().as_bytes()]));
    together(index, &commands)
}

/// Where the index goes on. If it is new, or what it has not seen was taken away by a rewrite, everything is indexed:
/// after the feed has begun, so that nothing is missed that changes meanwhile.
fn go_on(db: &Db, users: &mut Client, index: &mut Client) -> Result<Feed> {
    let seen = index.get(b"offset")?.and_then(|text| std::str::from_utf8(text).ok()?.parse().ok());
    if let Some(offset) = seen {
        match db.feed(FeedOptions::after(offset)) {
            Err(error) if error.kind() == ErrorKind::Lagged => {}
            other => return other,
        }
    }
    let feed = db.feed(FeedOptions::now())?;
    index.command(&["FLUSHALL"])?.into_result()?;
    for key in users.command(&["KEYS", "user:*"])?.into_result()?.iter() {
        let commands = index_user(users, index, key.as_bytes().unwrap_or_default())?;
        together(index, &commands)?;
    }
    index.set(b"offset", feed.offset().to_string().as_bytes())?;
    Ok(feed)
}

/// Follows until a change names the key `end`; how many changes that took.
fn follow(feed: &mut Feed, users: &mut Client, index: &mut Client) -> Result<usize> {
    let mut count = 0;
    // Waits for as long as it takes.
    while let Some(change) = feed.next(-1)? {
        apply(users, index, &change)?;
        count += 1;
        if change.keys().any(|key| key == b"end") {
            break;
        }
    }
    Ok(count)
}

/// Who lives in a city, by the index.
fn who(index: &mut Client, city: &str) -> Result<String> {
    let key = format!("city:{city}");
    let found = index.command(&["SORT", &key, "ALPHA"])?.into_result()?;
    Ok(found.iter().filter_map(|user| user.as_str()).collect::<Vec<_>>().join(" "))
}

fn write(mut client: Client, lines: &[&str]) -> Result<()> {
    for line in lines {
        client.command(&line.split(' ').collect::<Vec<_>>())?.into_result()?;
    }
    Ok(())
}

/// One start of the program: another thread writes while this one follows. Who lives in Oslo, and in Rome.
fn run(dir: &Path, lines: &[&str]) -> Result<[String; 2]> {
    let db = Options::new().config("appendfsync always").open(dir.join("users"))?;
    let index_db = Db::open(dir.join("index"))?;
    let (mut users, mut index, writer) = (db.client()?, index_db.client()?, db.client()?);
    let mut feed = go_on(&db, &mut users, &mut index)?;
    let count = std::thread::scope(|scope| {
        let wrote = scope.spawn(|| write(writer, lines));
        let count = follow(&mut feed, &mut users, &mut index);
        wrote.join().expect("it does not panic").and(count)
    })?;
    let found = [who(&mut index, "Oslo")?, who(&mut index, "Rome")?];
    println!("{count} changes; Oslo: {}; Rome: {}", found[0], found[1]);
    db.close()?;
    index_db.close()?;
    Ok(found)
}

/// The program is not there, and what it has not seen is rewritten.
fn without(dir: &Path, lines: &[&str]) -> Result<()> {
    let db = Db::open(dir.join("users"))?;
    write(db.client()?, lines)?;
    let mut client = db.client()?;
    while client
        .command(&["INFO", "persistence"])?
        .as_str()
        .is_some_and(|info| !info.contains("aof_rewrites:1"))
    {
        std::thread::yield_now();
    }
    db.close()
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let dir = std::env::temp_dir().join(format!("lodger-feed-{}", std::process::id()));
    std::fs::create_dir(&dir)?;
    let lines = ["HSET user:1 city Oslo", "HSET user:2 city Oslo", "HSET user:3 city Rome", "SET end 1"];
    assert_eq!(run(&dir, &lines)?, ["user:1 user:2", "user:3"]);
    // Started anew it goes on where it was.
    let lines = ["HSET user:1 city Rome", "RENAME user:2 user:4", "DEL user:3", "SET end 2"];
    assert_eq!(run(&dir, &lines)?, ["user:4", "user:1"]);
    // Or from the beginning, if that is not possible.
    without(&dir, &["DEL user:4", "HSET user:5 city Rome", "BGREWRITEAOF"])?;
    assert_eq!(run(&dir, &["HSET user:6 city Oslo", "SET end 3"])?, ["user:6", "user:1 user:5"]);
    std::fs::remove_dir_all(&dir)?;
    Ok(())
}
