//! What is called to compare the commands of all types: how a value of a given size is filled, one call of a command on
//! it, and what takes the call back, so that the size stays.

/// A call.
pub(crate) type Words = Vec<Vec<u8>>;

/// splitmix64's finaliser: scatters the numbers of calls.
fn mix(n: u64) -> u64 {
    let mut z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn words(text: &str) -> Words {
    text.split(' ').map(|w| w.as_bytes().to_vec()).collect()
}

/// Elements of one value, and how many such values there are.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    /// Elements of a value.
    pub(crate) elements: u64,
    /// Values; calls go to all of them in turn.
    pub(crate) values: u64,
}

impl Size {
    /// The value of the `i`th call.
    fn key(self, i: u64) -> u64 {
        i % self.values
    }

    /// An element of it.
    fn element(self, i: u64) -> u64 {
        mix(i) % self.elements
    }
}

/// How much one call does, which decides how many are made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    /// The same or nearly the same for every size.
    Light,
    /// In proportion to the size.
    Heavy,
}

/// One command.
pub(crate) struct Case {
    /// As the table names it.
    pub(crate) name: &'static str,
    /// The documented complexity.
    pub(crate) complexity: &'static str,
    /// What a call costs.
    pub(crate) weight: Weight,
    /// What its values are filled with: [`FILLS`] by name.
    pub(crate) fill: &'static str,
    /// The `i`th call.
    pub(crate) call: fn(Size, u64) -> Words,
    /// What takes it back.
    pub(crate) undo: Option<fn(Size, u64) -> Words>,
}

/// The element `n` of value `key` of a kind: a call that adds it.
pub(crate) fn filling(kind: &str, key: u64, n: u64) -> Words {
    words(&match kind {
        "list" => format!("RPUSH list:{key} value:{n:06}"),
        "numbers" => format!("RPUSH numbers:{key} {}", mix(n) % 1_000_000),
        "set" => format!("SADD set:{key} member:{n}"),
        "other" => format!("SADD other:{key} member:{}", n * 2),
        "hash" => format!("HSET hash:{key} field:{n} value:{n}"),
        "zset" => format!("ZADD zset:{key} {} member:{n}", mix(n) % 1_000_000),
        "stream" => format!("XADD stream:{key} {}-1 field value:{n}", n + 1),
        "bits" => format!("SETBIT bits:{key} {} 1", n * 8 + mix(n) % 8),
        "hll" => format!("PFADD hll:{key} element:{n}"),
        #[allow(clippy::cast_precision_loss, reason = "coordinates")]
        "geo" => {
            let (x, y) = (mix(n) % 58_000, mix(mix(n)) % 25_000);
            format!("GEOADD geo:{key} {} {} place:{n}", -125.0 + x as f64 / 1000.0, 24.0 + y as f64 / 1000.0)
        }
        _ => unreachable!("no such filling"),
    })
}

/// Kinds of values that a case with this fill needs.
pub(crate) fn kinds(fill: &str) -> Vec<&str> {
    fill.split('+').collect()
}

macro_rules! cases {
    ($($name:literal $complexity:literal $weight:ident $fill:literal $call:expr $(, $undo:expr)?;)*) => {
        /// Every case.
        pub(crate) const CASES: &[Case] = &[$(Case {
            name: $name,
            complexity: $complexity,
            weight: Weight::$weight,
            fill: $fill,
            call: |s, i| words(&($call)(s, i)),
            undo: cases!(@undo $($undo)?),
        }),*];
    };
    (@undo) => { None };
    (@undo $undo:expr) => { Some(|s, i| words(&($undo)(s, i))) };
}

cases! {
    "LPUSH" "O(1)" Light "list" |s: Size, i| format!("LPUSH list:{} value:{i:06}", s.key(i)), |s: Size, i| format!("LPOP list:{}", s.key(i));
    "RPOP" "O(1)" Light "list" |s: Size, i| format!("RPOP list:{}", s.key(i)), |s: Size, i| format!("RPUSH list:{} value:{i:06}", s.key(i));
    "LRANGE_100" "O(100)" Light "list" |s: Size, i| format!("LRANGE list:{} 0 99", s.key(i));
    "LINDEX" "O(log N), Redis O(N)" Light "list" |s: Size, i| format!("LINDEX list:{} {}", s.key(i), s.element(i));
    "SADD" "O(1)" Light "set" |s: Size, i| format!("SADD set:{} fresh:{i}", s.key(i)), |s: Size, i| format!("SREM set:{} fresh:{i}", s.key(i));
    "SISMEMBER" "O(1)" Light "set" |s: Size, i| format!("SISMEMBER set:{} member:{}", s.key(i), s.element(i));
    "SPOP" "O(1)" Light "set" |s: Size, i| format!("SPOP set:{}", s.key(i)), |s: Size, i| format!("SADD set:{} again:{i}", s.key(i));
    "SINTER" "O(N)" Heavy "set+other" |s: Size, i| format!("SINTER set:{0} other:{0}", s.key(i));
    "HSET" "O(1)" Light "hash" |s: Size, i| format!("HSET hash:{} field:{} other:{i}", s.key(i), s.element(i));
    "HGET" "O(1)" Light "hash" |s: Size, i| format!("HGET hash:{} field:{}", s.key(i), s.element(i));
    "HGETALL" "O(N)" Heavy "hash" |s: Size, i| format!("HGETALL hash:{}", s.key(i));
    "HINCRBY" "O(1)" Light "hash" |s: Size, i| format!("HINCRBY hash:{} count{} 1", s.key(i), s.element(i) % 16);
    "ZADD" "O(log N)" Light "zset" |s: Size, i| format!("ZADD zset:{} {} fresh:{i}", s.key(i), mix(i) % 1_000_000), |s: Size, i| format!("ZREM zset:{} fresh:{i}", s.key(i));
    "ZINCRBY" "O(log N)" Light "zset" |s: Size, i| format!("ZINCRBY zset:{} 3 member:{}", s.key(i), s.element(i));
    "ZRANGE_100" "O(log N + 100)" Light "zset" |s: Size, i| format!("ZRANGE zset:{0} {1} {2}", s.key(i), s.element(i), s.element(i) + 99);
    "ZRANK" "O(log N)" Light "zset" |s: Size, i| format!("ZRANK zset:{} member:{}", s.key(i), s.element(i));
    "ZRANGEBYSCORE" "O(log N + M)" Light "zset" |s: Size, i| format!("ZRANGEBYSCORE zset:{} {} +inf LIMIT 0 10", s.key(i), mix(i) % 1_000_000);
    "ZPOPMIN" "O(log N)" Light "zset" |s: Size, i| format!("ZPOPMIN zset:{}", s.key(i)), |s: Size, i| format!("ZADD zset:{} {} again:{i}", s.key(i), mix(i) % 1_000_000);
    "XADD" "O(1)" Light "stream" |s: Size, i| format!("XADD stream:{} * field value:{i}", s.key(i)), |s: Size, i| format!("XTRIM stream:{} MAXLEN {}", s.key(i), s.elements);
    "XRANGE" "O(log N + 10)" Light "stream" |s: Size, i| format!("XRANGE stream:{} {} + COUNT 10", s.key(i), s.element(i));
    "XREADGROUP" "O(log N + 10)" Light "stream" |s: Size, i| format!("XREADGROUP GROUP group me COUNT 10 STREAMS stream:{} >", s.key(i)), |s: Size, i| format!("XGROUP SETID stream:{} group {}", s.key(i), s.element(i));
    "SETBIT" "O(1)" Light "bits" |s: Size, i| format!("SETBIT bits:{} {} {}", s.key(i), s.element(i) * 8, i % 2);
    "BITCOUNT" "O(N)" Heavy "bits" |s: Size, i| format!("BITCOUNT bits:{}", s.key(i));
    "PFADD" "O(1)" Light "hll" |s: Size, i| format!("PFADD hll:{} fresh:{i}", s.key(i));
    "PFCOUNT" "O(1)" Light "hll" |s: Size, i| format!("PFCOUNT hll:{} hll:{}", s.key(i), s.key(i + 1));
    "GEOADD" "O(log N)" Light "geo" |s: Size, i| format!("GEOADD geo:{} {} {} place:{}", s.key(i), -100.0, 40.0 + f64::from(u32::try_from(mix(i) % 1000).unwrap()) / 100.0, s.element(i));
    "GEOSEARCH" "O(N + log M)" Light "geo" |s: Size, i| format!("GEOSEARCH geo:{} FROMLONLAT -{} 39 BYRADIUS 50 km ASC COUNT 10", s.key(i), 80 + mix(i) % 40);
    "SORT" "O(N log N)" Heavy "numbers" |s: Size, i| format!("SORT numbers:{} LIMIT 0 10", s.key(i));
}
