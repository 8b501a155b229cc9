//! Random programs of streams. Times differ between two servers, so IDs are told or at least their milliseconds, idle times asked for are 0 or out of reach, and replies with times compare roughly.

use super::super::program::{Argv, Compare, Rng};

/// Numbers that mean nothing good.
const ODD: &[&str] = &[
    "",
    "-1",
    "0",
    "x",
    "1.5",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "2147483648",
    "4294967296",
    "18446744073709551615",
    "18446744073709551616",
    " 1",
    "01",
    "+1",
];
/// IDs that mean nothing good, or only just.
const ODD_IDS: &[&str] = &[
    "",
    "-",
    "+",
    "*",
    "$",
    ">",
    "(",
    "0",
    "0-0",
    "0-*",
    "1-",
    "-1",
    "1-1-1",
    "1-*",
    "x",
    "1-x",
    "01-02",
    "1-+2",
    "18446744073709551615-18446744073709551615",
    "18446744073709551615",
    "18446744073709551616",
    "(5-5",
    "((5",
    "1-18446744073709551616",
    "0-1",
    "9223372036854775808-9223372036854775808",
    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\
     00000000000001",
    "1-1\u{0}",
    "\u{0}",
];

/// How replies to the family's commands compare.
pub(crate) fn comparison(argv: &[Vec<u8>]) -> Option<Compare> {
    let word = |i: usize| argv.get(i).map(|word| word.to_ascii_uppercase()).unwrap_or_default();
    match (word(0).as_slice(), word(1).as_slice()) {
        (b"XPENDING", _) if argv.len() > 3 => Some(Compare::Near { within: 8_000, up_to: i64::MAX }),
        (b"XINFO", b"CONSUMERS") => Some(Compare::Near { within: 8_000, up_to: i64::MAX }),
        (b"XINFO", b"STREAM") => Some(Compare::Clock { within: 8_000 }),
        (name, _) if name.starts_with(b"X") => Some(Compare::Exact),
        (b"CONFIG", _) => Some(Compare::Exact),
        _ => None,
    }
}

struct Maker<'r> {
    rng: &'r mut Rng,
    argv: Argv,
}

impl Maker<'_> {
    fn put(&mut self, word: &str) -> &mut Self {
        self.argv.push(word.as_bytes().to_vec());
        self
    }

    fn one(&mut self, words: &[&'static str]) -> &mut Self {
        let word = words[self.rng.below(words.len())];
        self.put(word)
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.rng.below(100) < percent
    }

    fn key(&mut self) -> &mut Self {
        match self.rng.below(40) {
            0 => self.put("x-str"),
            1 => self.put("x-none"),
            n => self.put(&format!("x{}", n % 4)),
        }
    }

    fn group(&mut self) -> &mut Self {
        self.one(&["g", "g", "g", "g", "h", "h", "i", "nog", ""])
    }

    fn consumer(&mut self) -> &mut Self {
        self.one(&["alice", "alice", "bob", "bob", "carol", "c", ""])
    }

    fn number(&mut self, up_to: usize) -> &mut Self {
        if self.chance(5) {
            return self.one(ODD);
        }
        let n = self.rng.below(up_to);
        self.put(&n.to_string())
    }

    /// An ID of which there are few enough to meet again.
    fn near(&mut self) -> String {
        let ms = [5, 5, 5, 5, 5, 5, 5, 5, 6, 1000][self.rng.below(10)];
        match self.rng.below(10) {
            0 => format!("{ms}"),
            1..=3 => format!("{ms}-{}", self.rng.below(6)),
            _ => format!("{ms}-{}", self.rng.below(80)),
        }
    }

    fn id(&mut self) -> &mut Self {
        if self.chance(3) {
            return self.one(ODD_IDS);
        }
        let id = self.near();
        self.put(&id)
    }

    /// The ID of a new entry: mostly one that the stream completes.
    fn new_id(&mut self) -> &mut Self {
        match self.rng.below(100) {
            0..=2 => self.one(ODD_IDS),
            3..=19 => self.id(),
            20..=22 => self.put("6-*"),
            23 => self.put("1000-*"),
            _ => self.put("5-*"),
        }
    }

    fn end(&mut self) -> &mut Self {
        match self.rng.below(6) {
            0 => self.put("-"),
            1 => self.put("+"),
            2 => {
                let id = format!("({}", self.near());
                self.put(&id)
            }
            _ => self.id(),
        }
    }

    fn value(&mut self) -> &mut Self {
        match self.rng.below(12) {
            0 => self.put(""),
            1 => self.one(ODD),
            2 => {
                let text = "v".repeat(self.rng.below(200));
                self.put(&text)
            }
            3 => {
                let n = self.rng.below(1 << 40);
                self.put(&n.to_string())
            }
            _ => {
                let text = format!("v{}", self.rng.below(30));
                self.put(&text)
            }
        }
    }

    fn pairs(&mut self) -> &mut Self {
        match self.rng.below(4) {
            0 => {
                for _ in 0..=self.rng.below(3) {
                    self.value().value();
                }
            }
            1 => {
                self.put("temp").value().put("7").value();
            }
            _ => {
                self.put("f").value();
            }
        }
        self
    }

    fn trim(&mut self) -> &mut Self {
        let length = self.chance(60);
        self.put(if length { "MAXLEN" } else { "minid" });
        match self.rng.below(4) {
            0 => self.put("="),
            1 | 2 => self.put("~"),
            _ => self,
        };
        if length {
            self.number(30);
        } else {
            self.id();
        }
        if self.chance(25) {
            self.put("LIMIT").number(20);
        }
        self
    }

    fn ids(&mut self) -> &mut Self {
        for _ in 0..=self.rng.below(4) {
            self.id();
        }
        self
    }

    fn idle(&mut self) -> &mut Self {
        self.one(&["0", "0", "0", "0", "0", "99999999999999", "-5", "x", "9223372036854775807"])
    }

    fn streams(&mut self, group: bool) -> &mut Self {
        let n = [1, 1, 1, 2, 3][self.rng.below(5)];
        self.put("STREAMS");
        for _ in 0..n {
            self.key();
        }
        for _ in 0..if self.chance(2) { n + 1 } else { n } {
            match self.rng.below(10) {
                0..=5 if group => self.put(">"),
                0 | 1 => self.put("$"),
                2..=5 => self.put("0"),
                _ => self.id(),
            };
        }
        self
    }

    fn command(&mut self) {
        match self.rng.below(1000) {
            0..=249 => {
                self.put("XADD").key();
                if self.chance(10) {
                    self.put("NOMKSTREAM");
                }
                if self.chance(15) {
                    self.trim();
                }
                self.new_id().pairs();
            }
            250..=289 => {
                self.put("XTRIM").key().trim();
            }
            290..=349 => {
                self.put("XDEL").key().ids();
            }
            350..=359 => {
                self.put("XLEN").key();
            }
            360..=429 => {
                self.one(&["XRANGE", "XREVRANGE"]).key();
                if self.chance(30) {
                    self.one(&["-", "+"]).one(&["-", "+"]);
                } else {
                    self.end().end();
                }
                if self.chance(50) {
                    self.put("COUNT").number(10);
                }
            }
            430..=479 => {
                self.put("XREAD");
                if self.chance(50) {
                    self.put("COUNT").number(5);
                }
                if self.chance(5) {
                    self.put("BLOCK").one(&["1", "x", "-1", "1.5", "9223372036854775807x"]);
                }
                self.streams(false);
            }
            480..=609 => {
                self.put("XREADGROUP").put("GROUP").group().consumer();
                if self.chance(60) {
                    self.put("COUNT").number(5);
                }
                if self.chance(15) {
                    self.put("noack");
                }
                self.streams(true);
            }
            610..=649 => {
                self.put("XACK").key().group().ids();
            }
            650..=699 => {
                self.put("XPENDING").key().group();
                if self.chance(80) {
                    if self.chance(30) {
                        self.put("IDLE").idle();
                    }
                    self.end().end().number(10);
                    if self.chance(40) {
                        self.consumer();
                    }
                }
            }
            700..=749 => {
                self.put("XCLAIM").key().group().consumer().idle().ids();
                self.claim_options();
            }
            750..=789 => {
                self.put("XAUTOCLAIM").key().group().consumer().idle().end();
                if self.chance(60) {
                    self.put("COUNT");
                    if self.chance(5) {
                        self.one(ODD)
                    } else {
                        self.one(&["1", "2", "3", "50"])
                    };
                }
                if self.chance(30) {
                    self.put("JUSTID");
                }
            }
            790..=859 => self.xgroup(),
            860..=929 => {
                self.put("XINFO");
                match self.rng.below(10) {
                    0 | 1 => self.put("CONSUMERS").key().group(),
                    2..=4 => self.put("GROUPS").key(),
                    5..=7 => self.put("STREAM").key(),
                    8 => self.put("stream").key().put("FULL"),
                    _ => self.put("stream").key().put("FULL").put("COUNT").number(10),
                };
            }
            930..=936 => {
                // Never back behind the ID of an entry, deleted or not: Redis 7.0 crashes on what that leads to.
                self.put("XSETID").key().put("9999-99");
                if self.chance(40) {
                    self.put("ENTRIESADDED").number(100);
                }
                if self.chance(40) {
                    self.put("MAXDELETEDID").id();
                }
            }
            937..=957 => {
                self.put("DEL").key();
            }
            958..=960 => {
                self.put("COPY").key().key().put("REPLACE");
            }
            961..=964 => {
                self.put("RENAME").key().key();
            }
            965..=974 => {
                let n = ["0", "1", "3", "10", "100"][self.rng.below(5)];
                self.put("CONFIG").put("SET").put("stream-node-max-entries").put(n);
            }
            975..=979 => {
                // Not 50 besides 200: on the way down real servers (7.0, 8.0, Valkey 8.0) lose the node that grows to
                // the size of the one before it, and end, or answer otherwise each time; COMPAT.md has the least program.
                // From 4096 down to 200 that needs an entry of 3,600 bytes, which no program has.
                let n = ["0", "200", "4096"][self.rng.below(3)];
                self.put("CONFIG").put("SET").put("stream-node-max-bytes").put(n);
            }
            980..=989 => {
                self.put("SET").put("x-str").put("1");
            }
            _ => {
                self.one(&["EXISTS", "TYPE", "TTL"]).key();
            }
        }
    }

    fn claim_options(&mut self) {
        for _ in 0..self.rng.below(4) {
            match self.rng.below(6) {
                0 => self.put("FORCE"),
                1 => self.put("JUSTID"),
                2 => self.put("IDLE").one(&["0", "5", "x", "-1", "99999999999999", "-9223372036854775807"]),
                3 => self.put("TIME").one(&["5", "x", "-1", "99999999999999", "-9223372036854775808"]),
                4 => self.put("RETRYCOUNT").number(10),
                _ => self.put("lastid").id(),
            };
        }
    }

    fn xgroup(&mut self) {
        self.put("XGROUP");
        match self.rng.below(20) {
            0..=8 => {
                self.put("CREATE").key().group();
                if self.chance(40) {
                    self.put("$")
                } else {
                    self.id()
                };
                if self.chance(60) {
                    self.put("MKSTREAM");
                }
                if self.chance(20) {
                    self.put("ENTRIESREAD").number(50);
                }
            }
            9..=11 => {
                self.put("setid").key().group();
                if self.chance(40) {
                    self.put("$")
                } else {
                    self.id()
                };
                if self.chance(30) {
                    self.put("ENTRIESREAD").number(50);
                }
            }
            12 => {
                self.put("DESTROY").key().group();
            }
            13..=16 => {
                self.put("CREATECONSUMER").key().group().consumer();
            }
            17 | 18 => {
                self.put("DELCONSUMER").key().group().consumer();
            }
            _ => {
                self.one(&["HELP", "nosuch", "CREATE"]);
            }
        }
    }

    /// Makes a command wrong, or at least unusual.
    fn damage(&mut self) {
        let n = self.argv.len();
        match self.rng.below(4) {
            0 => drop(self.argv.pop()),
            1 => drop(self.one(&["garbage", "", "COUNT", "1", "JUSTID", "0-1"])),
            2 if n > 2 => {
                let at = 2 + self.rng.below(n - 2);
                self.argv[at] = b"garbage".to_vec();
            }
            _ if n > 2 => {
                let at = 2 + self.rng.below(n - 2);
                self.argv.remove(at);
            }
            _ => {}
        }
        // What is left must not depend on the clock.
        let first = self.argv.first().is_some_and(|name| name == b"XADD");
        if self.argv.is_empty() || first && self.argv.iter().any(|word| word == b"*") {
            self.argv = vec![b"XLEN".to_vec(), b"x0".to_vec()];
        }
    }
}

/// One command of the family.
pub(crate) fn command(rng: &mut Rng) -> Argv {
    let mut maker = Maker { rng, argv: Argv::new() };
    maker.command();
    let is_config = maker.argv[0] == b"CONFIG";
    if !is_config && maker.chance(4) {
        maker.damage();
    }
    let Maker { argv, .. } = maker;
    // `*` depends on the clock unless it is no ID of XADD.
    let auto = argv.first().is_some_and(|name| name == b"XADD") && argv.iter().any(|word| word == b"*");
    if auto { vec![b"XLEN".to_vec(), b"x1".to_vec()] } else { argv }
}
