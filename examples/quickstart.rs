//! Opens a database in memory and walks through what most programs need: `cargo run --example quickstart`.

use lodger::{Db, ErrorKind, ReplyKind};

fn main() -> lodger::Result<()> {
    let db = Db::open(":memory:")?;
    let mut client = db.client()?;

    // Typed calls: no parsing, no allocation. Keys and values are bytes.
    client.set(b"greeting", b"hello")?;
    assert_eq!(client.get(b"greeting")?, Some(&b"hello"[..]));
    assert_eq!(client.incr_by(b"visits", 5)?, 5);
    client.set_px(b"session", b"token", 60_000)?;
    assert!((1..=60_000).contains(&client.pttl(b"session")?));

    // Any command, as Redis knows it; the reply is a tree.
    let reply = client.command(&["MGET", "greeting", "nobody"])?;
    assert_eq!(reply.kind(), ReplyKind::Array);
    for item in reply.elements() {
        println!("{item:?}");
    }

    // What Redis answers as an error is a reply; a typed call makes it an error.
    let reply = client.command(&["INCR", "greeting"])?;
    println!("INCR greeting: {reply:?}");
    assert_eq!(reply.kind(), ReplyKind::Error);
    let error = client.incr_by(b"greeting", 1).expect_err("it holds no number");
    assert_eq!(error.kind(), ErrorKind::Command);

    // RESP in, RESP out, for any client library's encoder and parser.
    let answer = client.resp(b"*2\r\n$3\r\nGET\r\n$8\r\ngreeting\r\n")?;
    assert_eq!(answer, &b"$5\r\nhello\r\n"[..]);

    db.close()?;
    println!("lodger {}: everything as expected", env!("CARGO_PKG_VERSION"));
    Ok(())
}
