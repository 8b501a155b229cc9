//! Events: what happened to a key, as `notify-keyspace-events` names it. Handlers tell of them where the change is made
//! ([`super::ctx::Ctx::event`]), in the order in which Redis does; the engine publishes them.

/// The kind of an event, a letter of `notify-keyspace-events`; or several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Class(u32);

impl Class {
    /// Events are published to `__keyspace@DB__:KEY`.
    pub(crate) const KEYSPACE: Self = Self(1);
    /// Events are published to `__keyevent@DB__:EVENT`.
    pub(crate) const KEYEVENT: Self = Self(1 << 1);
    /// Of keys as such.
    pub(crate) const GENERIC: Self = Self(1 << 2);
    /// Of strings.
    pub(crate) const STRING: Self = Self(1 << 3);
    /// Of lists.
    pub(crate) const LIST: Self = Self(1 << 4);
    /// Of sets.
    pub(crate) const SET: Self = Self(1 << 5);
    /// Of hashes.
    pub(crate) const HASH: Self = Self(1 << 6);
    /// Of sorted sets.
    pub(crate) const ZSET: Self = Self(1 << 7);
    /// The time of a key had come.
    pub(crate) const EXPIRED: Self = Self(1 << 8);
    /// A key made room.
    pub(crate) const EVICTED: Self = Self(1 << 9);
    /// Of streams.
    pub(crate) const STREAM: Self = Self(1 << 10);
    /// A reader found no key.
    pub(crate) const MISS: Self = Self(1 << 11);
    /// Of values of modules, of which there are none.
    const MODULE: Self = Self(1 << 12);
    /// A key is new.
    pub(crate) const NEW: Self = Self(1 << 13);

    /// Letters in Redis's order. `A` stands for those up to `d`; behind it the others come in this order.
    const LETTERS: [(char, Self); 14] = [
        ('g', Self::GENERIC),
        ('$', Self::STRING),
        ('l', Self::LIST),
        ('s', Self::SET),
        ('h', Self::HASH),
        ('z', Self::ZSET),
        ('x', Self::EXPIRED),
        ('e', Self::EVICTED),
        ('t', Self::STREAM),
        ('d', Self::MODULE),
        ('n', Self::NEW),
        ('K', Self::KEYSPACE),
        ('E', Self::KEYEVENT),
        ('m', Self::MISS),
    ];
    /// How many of them `A` stands for.
    const IN_ALL: usize = 10;

    /// What `A` stands for: misses and new keys are not in it.
    fn all() -> u32 {
        Self::LETTERS[..Self::IN_ALL].iter().fold(0, |all, (_, class)| all | class.0)
    }

    /// The classes that a text names; `None` if it has a letter that is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let of = |letter| match letter {
            'A' => Some(Self::all()),
            _ => Self::LETTERS.iter().find(|(known, _)| *known == letter).map(|(_, class)| class.0),
        };
        text.chars().try_fold(0, |bits, letter| of(letter).map(|more| bits | more)).map(Self)
    }

    /// The text of these classes, as Redis writes it: with `A` it does not tell whether new keys are in it.
    pub(crate) fn letters(self) -> String {
        let all = self.0 & Self::all() == Self::all();
        let listed = Self::LETTERS.iter().filter(|(letter, class)| {
            self.has(*class) && !(all && (class.0 & Self::all() != 0 || *letter == 'n'))
        });
        all.then_some('A').into_iter().chain(listed.map(|(letter, _)| *letter)).collect()
    }

    /// Whether one of `other` is in it.
    #[inline(always)]
    pub(crate) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// As a number, for [`crate::keyspace::space::Keyspace::set_notified`]: 0 if nothing would be published.
    pub(crate) fn bits(self) -> u32 {
        let channels = self.has(Self(Self::KEYSPACE.0 | Self::KEYEVENT.0));
        let events = self.0 & !(Self::KEYSPACE.0 | Self::KEYEVENT.0);
        if channels && events != 0 { self.0 } else { 0 }
    }

    /// From that number.
    pub(crate) fn of_bits(bits: u32) -> Self {
        Self(bits)
    }
}

/// Something that happened to a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    /// Its logical database.
    pub(crate) db: usize,
    /// Its name.
    pub(crate) key: Vec<u8>,
    /// The kind of event.
    pub(crate) class: Class,
    /// The event.
    pub(crate) name: &'static str,
    /// It is still to happen: a reader found the key's time come, and may not remove it under a shared lock.
    pub(crate) due: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a real server answers to CONFIG GET after CONFIG SET of the first text.
    #[test]
    fn letters_come_in_the_order_of_redis() {
        for (set, get) in [
            ("", ""),
            ("mnKE", "nKEm"),
            ("mK", "Km"),
            ("nK", "nK"),
            ("g$lshzxetK", "g$lshzxetK"),
            ("g$lshzxedKEnm", "g$lshzxednKEm"),
            ("nmtexzdlKsEhg$", "AKEm"),
            ("AKEn", "AKE"),
            ("AKEA", "AKE"),
            ("g$lshzxetdnm", "Am"),
            ("zzK", "zK"),
        ] {
            assert_eq!(Class::parse(set).unwrap().letters(), get, "{set}");
        }
    }

    #[test]
    fn every_letter_is_a_class_of_its_own() {
        let mut seen = 0;
        for (letter, class) in Class::LETTERS {
            assert_eq!(Class::parse(&letter.to_string()), Some(class));
            assert_eq!(class.letters(), letter.to_string());
            assert_eq!((class.0.count_ones(), seen & class.0), (1, 0));
            seen |= class.0;
        }
        assert_eq!(Class::parse("q"), None);
        assert_eq!(Class::parse("Kö"), None);
        assert!(!Class::parse("A").unwrap().has(Class::MISS) && !Class::parse("A").unwrap().has(Class::NEW));
    }

    #[test]
    fn without_a_channel_or_an_event_nothing_is_published() {
        for (text, on) in [("", false), ("A", false), ("KE", false), ("Kg", true), ("Em", true)] {
            assert_eq!(Class::parse(text).unwrap().bits() != 0, on, "{text}");
        }
    }
}
