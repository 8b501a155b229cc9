use super::*;
use crate::pubsub::mailbox::Nothing;

fn mailbox() -> Arc<Mailbox> {
    Arc::new(Mailbox::new(1 << 20))
}

fn text(message: &Message) -> String {
    let bytes = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let through = match &message.through {
        Through::Channel => "c".to_owned(),
        Through::Shard => "s".to_owned(),
        Through::Invalid(_) | Through::BrokenRedirect(_) | Through::Line => "l".to_owned(),
        Through::Pattern(pattern) => format!("p {}", bytes(pattern)),
    };
    format!("{through} {} {}", bytes(&message.channel), bytes(&message.payload))
}

fn all(mailbox: &Mailbox) -> Vec<String> {
    std::iter::from_fn(|| mailbox.next(0).ok()).map(|message| text(&message)).collect()
}

#[test]
fn who_listens_hears_each_way() {
    let (hub, a, b) = (Hub::new(), mailbox(), mailbox());
    assert_eq!(hub.publish(Space::Channels, b"news", b"0"), 0);
    assert!(hub.subscribe(Space::Channels, b"news", &a) && !hub.subscribe(Space::Channels, b"news", &a));
    assert!(hub.subscribe_pattern(b"n*", &a) && hub.subscribe_pattern(b"n*", &b));
    assert!(hub.subscribe(Space::Shards, b"news", &b));
    assert_eq!(hub.publish(Space::Channels, b"news", b"1"), 3);
    assert_eq!(hub.publish(Space::Shards, b"news", b"2"), 1);
    assert_eq!(hub.publish(Space::Channels, b"other", b"3"), 0);
    assert_eq!(all(&a), ["c news 1", "p n* news 1"]);
    assert_eq!(all(&b), ["p n* news 1", "s news 2"]);
    assert_eq!((hub.listeners(Space::Channels, b"news"), hub.patterns()), (1, 1));
    assert_eq!(hub.names(Space::Channels, Some(b"n?ws")).len(), 1);
    assert_eq!(hub.names(Space::Channels, Some(b"x")).len(), 0);
    assert!(hub.unsubscribe(Space::Channels, b"news", &a) && !hub.unsubscribe(Space::Channels, b"news", &a));
    assert!(hub.unsubscribe_pattern(b"n*", &a) && hub.unsubscribe_pattern(b"n*", &b));
    assert!(hub.is_heard() && hub.unsubscribe(Space::Shards, b"news", &b) && !hub.is_heard());
    assert_eq!(hub.publish(Space::Channels, b"news", b"4"), 0);
}

#[test]
fn a_full_queue_keeps_the_oldest_and_counts() {
    let (hub, a) = (Hub::new(), Arc::new(Mailbox::new(3)));
    hub.subscribe(Space::Channels, b"c", &a);
    for n in 0..10_u8 {
        assert_eq!(hub.publish(Space::Channels, b"c", &[b'0' + n]), 1);
    }
    assert_eq!((all(&a), a.dropped()), (vec!["c c 0".to_owned(), "c c 1".into(), "c c 2".into()], 7));
    a.close();
    hub.publish(Space::Channels, b"c", b"late");
    assert_eq!(a.next(-1), Err(Nothing::Ended));
}

/// Publishers on several threads: all listeners see what is published in a channel in one order, and nothing twice.
#[test]
fn all_listeners_see_one_order() {
    let hub = Hub::new();
    let boxes: Vec<_> = (0..3).map(|_| mailbox()).collect();
    boxes.iter().for_each(|mailbox| assert!(hub.subscribe(Space::Channels, b"c", mailbox)));
    let seen: Vec<Vec<String>> = std::thread::scope(|scope| {
        for t in 0..3 {
            let hub = &hub;
            scope.spawn(move || {
                for n in 0..2_000 {
                    assert_eq!(hub.publish(Space::Channels, b"c", format!("{t}:{n}").as_bytes()), 3);
                }
            });
        }
        let readers: Vec<_> = boxes
            .iter()
            .map(|mailbox| scope.spawn(|| (0..6_000).map(|_| text(&mailbox.next(-1).unwrap())).collect()))
            .collect();
        readers.into_iter().map(|reader| reader.join().unwrap()).collect()
    });
    assert!(seen[0] == seen[1] && seen[1] == seen[2]);
    for t in 0..3 {
        let of: Vec<_> = seen[0].iter().filter(|text| text.starts_with(&format!("c c {t}:"))).collect();
        assert!(of.iter().enumerate().all(|(n, text)| **text == format!("c c {t}:{n}")) && of.len() == 2_000);
    }
}
