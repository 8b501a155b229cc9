//! What a client keeps between calls, and pipelines that end early.

use std::sync::{Arc, Weak};

use super::{Client, Db, KEEP};

const LARGE: usize = 3 << 20;

fn open() -> (Db, Client) {
    let db = Db::open(":memory:").unwrap();
    let client = db.client().unwrap();
    (db, client)
}

fn borrow_by_get(client: &mut Client) -> Weak<Vec<u8>> {
    assert_eq!(client.get(b"big").unwrap().unwrap().len(), LARGE);
    Arc::downgrade(client.pin.as_ref().unwrap())
}

fn borrow_by_getdel(client: &mut Client) -> Weak<Vec<u8>> {
    assert_eq!(client.getdel(b"big").unwrap().unwrap().len(), LARGE);
    Arc::downgrade(client.pin.as_ref().unwrap())
}

fn borrow_by_mget(client: &mut Client) -> Weak<Vec<u8>> {
    client
        .mget(&[b"small", b"big"], |i, value| assert_eq!(value.map(<[u8]>::len), [None, Some(LARGE)][i]))
        .unwrap();
    Arc::downgrade(client.many.pinned().unwrap())
}

#[test]
fn a_borrowed_value_goes_with_the_next_call_whatever_it_is() {
    let (db, mut client) = open();
    let mut other = db.client().unwrap();
    let nexts: [fn(&mut Client); 8] = [
        |c| c.set(b"k", b"v").unwrap(),
        |c| assert!(!c.exists(b"absent").unwrap()),
        |c| assert!(!c.del(b"absent").unwrap()),
        |c| assert_eq!(c.get(b"absent").unwrap(), None),
        |c| c.mget(&[b"absent"], |_, value| assert_eq!(value, None)).unwrap(),
        |c| assert_eq!(c.command(&["PING"]).unwrap().as_str(), Some("PONG")),
        |c| assert_eq!(c.resp(b"PING\r\n").unwrap(), b"+PONG\r\n"),
        |c| assert!(c.resp(b"*1\r\n").is_err()),
    ];
    for borrow in [borrow_by_get, borrow_by_getdel, borrow_by_mget] {
        for (i, next) in nexts.iter().enumerate() {
            other.set(b"big", &vec![b'v'; LARGE]).unwrap();
            let value = borrow(&mut client);
            other.del(b"big").unwrap();
            assert!(value.strong_count() > 0, "{i}");
            next(&mut client);
            assert_eq!(value.strong_count(), 0, "{i}");
        }
    }
}

#[test]
fn a_large_answer_does_not_stay_when_small_ones_follow() {
    let (_db, mut client) = open();
    client.set(b"big", &vec![b'v'; LARGE]).unwrap();
    for _ in 0..3 {
        assert!(client.resp(b"GET big\r\nGET big\r\n").unwrap().len() > 2 * LARGE);
    }
    assert_eq!(client.resp(b"PING\r\n").unwrap(), b"+PONG\r\n");
    assert!(client.answer.capacity() <= KEEP, "{}", client.answer.capacity());
    for next in
        [|c: &mut Client| c.set(b"k", b"v").unwrap(), |c: &mut Client| drop(c.command(&["PING"]).unwrap())]
    {
        client.resp(b"GETRANGE big 0 -2\r\n").unwrap();
        assert!(client.answer.capacity() > KEEP);
        next(&mut client);
        assert!(client.answer.capacity() <= KEEP, "{}", client.answer.capacity());
    }
    let keys: Vec<Vec<u8>> = (0..60).map(|i| format!("k{i}").into_bytes()).collect();
    let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
    keys.iter().for_each(|key| client.set(key, &[b'v'; 60_000]).unwrap());
    client.mget(&keys, |_, value| assert_eq!(value.unwrap().len(), 60_000)).unwrap();
    assert!(client.many.is_heavy());
    client.exists(b"k").unwrap();
    assert!(!client.many.is_heavy());
}

#[test]
fn a_word_too_long_for_a_limit_that_came_down_ends_the_pipeline_in_its_answer() {
    let (_db, mut client) = open();
    let mut request = b"SET a 1\r\nCONFIG SET proto-max-bulk-len 1mb\r\n".to_vec();
    request.extend_from_slice(format!("*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n${}\r\n", 2 << 20).as_bytes());
    request.resize(request.len() + (2 << 20), b'x');
    request.extend_from_slice(b"\r\nSET b 2\r\n");
    let answer = client.resp(&request).unwrap();
    assert_eq!(answer, b"+OK\r\n+OK\r\n-ERR Protocol error: invalid bulk length\r\n".as_slice());
    assert_eq!(client.resp(b"MGET a big b\r\n").unwrap(), b"*3\r\n$1\r\n1\r\n$-1\r\n$-1\r\n");
}
