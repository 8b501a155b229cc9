//! A cache with a time to live and a memory limit: `cargo run --example cache`.

use lodger::{Client, Options};

/// The cached value of `key`, or what `make` makes, kept for `ttl_ms`.
fn remember(
    client: &mut Client,
    key: &str,
    ttl_ms: i64,
    make: impl FnOnce() -> String,
) -> lodger::Result<(String, bool)> {
    if let Some(found) = client.get(key.as_bytes())? {
        return Ok((String::from_utf8_lossy(found).into_owned(), true));
    }
    let made = make();
    client.set_px(key.as_bytes(), made.as_bytes(), ttl_ms)?;
    Ok((made, false))
}

/// A number from the text of INFO.
fn info(client: &mut Client, field: &str) -> lodger::Result<u64> {
    let reply = client.command(&["INFO"])?;
    let text = reply.as_str().unwrap_or_default();
    let value = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    Ok(value.and_then(|v| v.trim().parse().ok()).unwrap_or(0))
}

fn main() -> lodger::Result<()> {
    let config = "maxmemory 2mb\nmaxmemory-policy allkeys-lru\n";
    let db = Options::new().config(config).open(":memory:")?;
    let mut client = db.client()?;

    let (_, hit) = remember(&mut client, "user:1", 60_000, || "computed once".to_owned())?;
    assert!(!hit);
    let (value, hit) = remember(&mut client, "user:1", 60_000, || unreachable!("it is cached"))?;
    assert!(hit);
    println!("user:1 = {value}");

    // Ten times more than fits: old entries make room for new ones.
    let page = vec![b'x'; 1000];
    for i in 0..20_000 {
        client.set(format!("page:{i}").as_bytes(), &page)?;
    }
    let (evicted, used) = (info(&mut client, "evicted_keys")?, info(&mut client, "used_memory")?);
    println!("20000 pages written, {evicted} evicted, {used} bytes used");
    assert!(evicted > 10_000);
    assert!(client.exists(b"page:19999")?);
    db.close()
}
