//! Publish and subscribe from one thread and between several.

#![expect(clippy::unwrap_used, reason = "test code: it stops at the first surprise")]

use std::sync::atomic::{AtomicBool, Ordering};

use lodger::{Db, ErrorKind, Listen, Reply, ReplyKind};

fn words(reply: &Reply) -> Vec<&str> {
    reply.iter().map(|word| word.as_str().unwrap()).collect()
}

#[test]
fn messages_come_as_resp3_pushes_them() {
    let db = Db::open(":memory:").unwrap();
    let (mut client, mut ears) = (db.client().unwrap(), db.subscriber(10).unwrap());
    assert!(ears.add("news", Listen::Channel).unwrap() && !ears.add("news", Listen::Channel).unwrap());
    assert!(ears.add("n*", Listen::Pattern).unwrap() && ears.add("news", Listen::Shard).unwrap());
    assert_eq!(client.command(&["PUBLISH", "news", "1"]).unwrap().as_int(), Some(2));
    assert_eq!(client.command(&["SPUBLISH", "news", "2"]).unwrap().as_int(), Some(1));
    let got: Vec<Reply> = (0..3).map(|_| ears.next(0).unwrap().unwrap()).collect();
    assert!(got.iter().all(|message| message.kind() == ReplyKind::Push));
    assert_eq!(words(&got[0]), ["message", "news", "1"]);
    assert_eq!(words(&got[1]), ["pmessage", "n*", "news", "1"]);
    assert_eq!(words(&got[2]), ["smessage", "news", "2"]);
    assert_eq!(ears.next(0).unwrap(), None);
    assert_eq!(words(&client.command(&["PUBSUB", "CHANNELS"]).unwrap()), ["news"]);
    let count = client.command(&["PUBSUB", "NUMSUB", "news", "none"]).unwrap();
    assert_eq!(count.iter().filter_map(Reply::as_int).collect::<Vec<_>>(), [1, 0]);
    assert_eq!(client.command(&["PUBSUB", "NUMPAT"]).unwrap().as_int(), Some(1));
    drop(ears);
    assert_eq!(client.command(&["PUBLISH", "news", "3"]).unwrap().as_int(), Some(0));
    assert_eq!(client.command(&["PUBSUB", "NUMPAT"]).unwrap().as_int(), Some(0));
}

#[test]
fn a_transaction_publishes_in_its_place() {
    let db = Db::open(":memory:").unwrap();
    let (mut client, mut ears) = (db.client().unwrap(), db.subscriber(10).unwrap());
    ears.add("c", Listen::Channel).unwrap();
    for line in [&["MULTI"][..], &["PUBLISH", "c", "1"], &["INCR", "k"], &["PUBLISH", "c", "2"]] {
        client.command(line).unwrap();
        assert_eq!(ears.next(0).unwrap(), None);
    }
    let done = client.command(&["EXEC"]).unwrap();
    assert_eq!(done.iter().filter_map(Reply::as_int).collect::<Vec<_>>(), [1, 1, 1]);
    assert_eq!(words(&ears.next(0).unwrap().unwrap())[2], "1");
    assert_eq!(words(&ears.next(0).unwrap().unwrap())[2], "2");
}

/// A reader that sleeps is woken, and told when the database closes; what was queued before is still given out.
#[test]
fn readers_are_woken() {
    let db = Db::open(":memory:").unwrap();
    let mut ears = db.subscriber(usize::MAX).unwrap();
    ears.add("c", Listen::Channel).unwrap();
    let seen = std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let mut seen = 0_u64;
            loop {
                match ears.next(-1) {
                    Ok(Some(message)) => {
                        assert_eq!(words(&message)[2], seen.to_string());
                        seen += 1;
                    }
                    Ok(None) => unreachable!("it waits for ever"),
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::Closed);
                        return seen;
                    }
                }
            }
        });
        let mut client = db.client().unwrap();
        for n in 0..20_000 {
            let heard = client.command(&["PUBLISH", "c", &n.to_string()]).unwrap();
            assert_eq!(heard.as_int(), Some(1));
        }
        db.close().unwrap();
        reader.join().unwrap()
    });
    assert_eq!(seen, 20_000);
    assert_eq!(db.subscriber(1).err().map(|error| error.kind()), Some(ErrorKind::Closed));
}

#[test]
fn a_full_queue_drops_what_is_new_and_counts() {
    let db = Db::open(":memory:").unwrap();
    let (mut client, mut ears) = (db.client().unwrap(), db.subscriber(2).unwrap());
    ears.add("c", Listen::Channel).unwrap();
    for n in 0..5 {
        assert_eq!(client.command(&["PUBLISH", "c", &n.to_string()]).unwrap().as_int(), Some(1));
    }
    assert_eq!(ears.dropped(), 3);
    assert_eq!(words(&ears.next(0).unwrap().unwrap())[2], "0");
    assert!(ears.fd().unwrap() >= 0);
}

/// Repeats until the call has ended: an interrupt that comes before the sleep passes unnoticed.
fn interrupted(
    interrupt: impl Fn(),
    call: impl FnOnce() -> lodger::Result<Option<Reply>> + Send,
) -> Option<ErrorKind> {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            let result = call();
            done.store(true, Ordering::Release);
            result
        });
        while !done.load(Ordering::Acquire) {
            interrupt();
            std::thread::yield_now();
        }
        waiter.join().unwrap().err().map(|error| error.kind())
    })
}

#[test]
fn a_wait_is_interrupted_and_the_next_one_is_not() {
    let db = Db::open(":memory:").unwrap();
    let (mut ears, mut client) = (db.subscriber(10).unwrap(), db.client().unwrap());
    ears.add("c", Listen::Channel).unwrap();
    client.command(&["SUBSCRIBE", "c"]).unwrap();
    for _ in 0..100 {
        let wakes = ears.interrupter();
        assert_eq!(interrupted(|| wakes.interrupt(), || ears.next(-1)), Some(ErrorKind::Interrupted));
        wakes.interrupt();
        assert_eq!(ears.next(1).unwrap(), None);
        let wakes = client.interrupter();
        assert_eq!(interrupted(|| wakes.interrupt(), || client.message(-1)), Some(ErrorKind::Interrupted));
        wakes.interrupt();
        assert_eq!(client.message(1).unwrap(), None);
    }
    // A message is not lost to an interrupt that finds nobody waiting.
    assert_eq!(client.publish("c", "m").unwrap(), 2);
    ears.interrupter().interrupt();
    client.interrupter().interrupt();
    assert_eq!(words(&ears.next(-1).unwrap().unwrap())[2], "m");
    assert_eq!(words(&client.message(-1).unwrap().unwrap())[2], "m");
}

#[test]
fn a_typed_publish_is_the_command() {
    let db = Db::open(":memory:").unwrap();
    let (mut client, mut ears) = (db.client().unwrap(), db.subscriber(10).unwrap());
    assert_eq!(client.publish("c", "nobody").unwrap(), 0);
    ears.add("c", Listen::Channel).unwrap();
    ears.add("?", Listen::Pattern).unwrap();
    assert_eq!(client.publish("c", b"a\0\xff").unwrap(), 2);
    assert_eq!(ears.next(0).unwrap().unwrap().at(2).and_then(Reply::as_bytes), Some(&b"a\0\xff"[..]));
    assert_eq!(ears.next(0).unwrap().unwrap().at(3).and_then(Reply::as_bytes), Some(&b"a\0\xff"[..]));
    let list = client.command(&["CLIENT", "INFO"]).unwrap();
    assert!(list.as_str().unwrap().contains("cmd=client|info"));
    client.publish("c", "m").unwrap();
    let list = db.client().unwrap().command(&["CLIENT", "LIST"]).unwrap();
    assert!(list.as_str().unwrap().contains("cmd=publish"), "{list:?}");
    client.command(&["MULTI"]).unwrap();
    assert_eq!(client.publish("c", "m").unwrap_err().kind(), ErrorKind::Arg);
}

#[test]
fn what_a_client_had_got_outlives_close() {
    let db = Db::open(":memory:").unwrap();
    let (mut client, mut other) = (db.client().unwrap(), db.client().unwrap());
    client.command(&["SUBSCRIBE", "c"]).unwrap();
    other.publish("c", "last").unwrap();
    db.close().unwrap();
    assert_eq!(words(&client.message(-1).unwrap().unwrap())[2], "last");
    assert_eq!(client.message(-1).unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(other.message(-1).unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(other.publish("c", "m").unwrap_err().kind(), ErrorKind::Closed);
}
