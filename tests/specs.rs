//! The command table against real servers: COMMAND INFO entry by entry, the parts of COMMAND DOCS that are
//! facts, COMMAND LIST's filters, and the keys that COMMAND GETKEYS and GETKEYSANDFLAGS find.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code: it stops at the first surprise and starts real servers"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::doors::{Entrance, LodgerDoor, ServerDoor};
use common::oracle::{self, Which};
use common::resp::RespValue;
use common::script::Door;

/// Newer than every server that the tests start; its entry is in tests/conformance/command.t.
const WITHOUT_ORACLE: &[&str] = &["msetex"];

/// Commands with options that are newer than the reference: a newer server is asked for them.
const GROWN: &[&str] = &["zrank", "zrevrank"];

/// A door that speaks RESP3.
struct Asked<D>(D);

impl<D: Door> Asked<D> {
    fn new(mut door: D) -> Self {
        door.send("", &[b"HELLO".to_vec(), b"3".to_vec()]).unwrap();
        Self(door)
    }

    fn ask(&mut self, line: &str) -> RespValue {
        let argv: Vec<Vec<u8>> = line.split(' ').map(|w| w.as_bytes().to_vec()).collect();
        self.0.send("", &argv).unwrap()
    }

    fn names(&mut self, line: &str) -> BTreeSet<String> {
        let items = self.ask(line).into_items().unwrap_or_default();
        items.iter().map(|n| String::from_utf8_lossy(n.bytes().unwrap_or_default()).into_owned()).collect()
    }

    /// One entry of COMMAND INFO, `None` where there is no such command.
    fn entry(&mut self, name: &str) -> Option<Vec<RespValue>> {
        self.ask(&format!("COMMAND INFO {name}")).into_items()?.pop()?.into_items()
    }

    /// One entry of COMMAND DOCS.
    fn docs(&mut self, name: &str) -> Option<BTreeMap<String, RespValue>> {
        let RespValue::Map(mut pairs) = self.ask(&format!("COMMAND DOCS {name}")) else { return None };
        let RespValue::Map(fields) = pairs.pop()?.1 else { return None };
        let named =
            |(k, v): (RespValue, RespValue)| (String::from_utf8_lossy(k.bytes().unwrap()).into_owned(), v);
        Some(fields.into_iter().map(named).collect())
    }
}

fn lodger() -> Asked<LodgerDoor> {
    Asked::new(LodgerDoor::new(Entrance::Resp).unwrap())
}

/// The servers to ask, the reference first.
fn oracles(what: &str) -> Vec<Asked<ServerDoor>> {
    let Some(reference) = oracle::start(Which::Redis7, what) else { return Vec::new() };
    let mut found = vec![Asked::new(ServerDoor::new(reference, None).unwrap())];
    let newer = oracle::start(Which::Redis8, &format!("{what} (entries newer than Redis 7.0)"));
    found.extend(newer.map(|server| Asked::new(ServerDoor::new(server, None).unwrap())));
    found
}

/// The servers to ask about a command.
fn who_knows<'o>(oracles: &'o mut [Asked<ServerDoor>], name: &str) -> &'o mut [Asked<ServerDoor>] {
    let newer = usize::from(GROWN.contains(&name));
    &mut oracles[newer..]
}

/// The same with everything that has no order in sorted order.
fn settled(value: RespValue) -> RespValue {
    match value {
        RespValue::Array(items) => RespValue::Array(items.into_iter().map(settled).collect()),
        RespValue::Set(items) => RespValue::Set(items.into_iter().map(settled).collect()).sorted(),
        RespValue::Map(pairs) => {
            RespValue::Map(pairs.into_iter().map(|(k, v)| (settled(k), settled(v))).collect()).sorted()
        }
        other => other,
    }
}

const FIELDS: &[&str] = &[
    "name",
    "arity",
    "flags",
    "first key",
    "last key",
    "step",
    "ACL categories",
    "tips",
    "key specifications",
    "subcommands",
];

#[test]
fn command_info_entry_by_entry() {
    let mut oracles = oracles("command_info_entry_by_entry");
    if oracles.is_empty() {
        return;
    }
    let mut ours = lodger();
    // Every command and subcommand by its full name.
    let mut todo = ours.names("COMMAND LIST");
    let listed = todo.clone();
    let (mut compared, mut unknown, mut wrong) = (0, Vec::new(), Vec::new());
    while let Some(name) = todo.pop_first() {
        let mine =
            ours.entry(&name).unwrap_or_else(|| panic!("COMMAND LIST has {name}, COMMAND INFO has not"));
        assert_eq!(mine.len(), FIELDS.len(), "fields of {name}");
        let children = mine[9].clone().into_items().unwrap();
        let Some(theirs) = who_knows(&mut oracles, &name).iter_mut().find_map(|server| server.entry(&name))
        else {
            unknown.push(name);
            continue;
        };
        compared += 1;
        // Subcommands are compared on their own; we may lack some, but each of ours says the same inside its
        // container as when it is asked for by name.
        for (field, (mine, theirs)) in FIELDS.iter().zip(mine.into_iter().zip(theirs)).take(9) {
            let (mine, theirs) = (settled(mine), settled(theirs));
            if mine != theirs {
                wrong.push(format!("{name}, {field}:\n   redis  {theirs}\n   lodger {mine}"));
            }
        }
        for child in children {
            let RespValue::Array(fields) = child else { panic!("{name}: a subcommand that is no array") };
            let full = String::from_utf8_lossy(fields[0].bytes().unwrap()).into_owned();
            if ours.entry(&full).as_ref() != Some(&fields) || !listed.contains(&full) {
                wrong.push(format!("{full} is not the same inside {name} as on its own"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
    if oracles.len() > 1 {
        unknown.retain(|name| !WITHOUT_ORACLE.contains(&name.as_str()));
        assert!(unknown.is_empty(), "no server knows {unknown:?}");
    }
    println!("COMMAND INFO: {compared} entries are the same");
}

/// Redis 7.0 has none; Redis 8 repeats the name there.
fn without_display_text(value: RespValue) -> RespValue {
    match value {
        RespValue::Array(items) => RespValue::Array(items.into_iter().map(without_display_text).collect()),
        RespValue::Map(mut pairs) => {
            pairs.retain(|(k, _)| k.bytes() != Some(b"display_text"));
            RespValue::Map(pairs.into_iter().map(|(k, v)| (k, without_display_text(v))).collect())
        }
        other => other,
    }
}

#[test]
fn command_docs_facts() {
    let mut oracles = oracles("command_docs_facts");
    if oracles.is_empty() {
        return;
    }
    let mut ours = lodger();
    let mut wrong = Vec::new();
    for name in ours.names("COMMAND LIST") {
        let Some(mine) = ours.docs(&name) else { panic!("COMMAND LIST has {name}, COMMAND DOCS has not") };
        let Some(theirs) = who_knows(&mut oracles, &name).iter_mut().find_map(|server| server.docs(&name))
        else {
            continue;
        };
        // Summaries and complexities are prose, each project's own.
        for field in ["since", "group", "doc_flags", "deprecated_since", "arguments"] {
            let (mine, theirs) = (mine.get(field).cloned(), theirs.get(field).cloned());
            let (mine, theirs) = (mine.map(settled), theirs.map(|v| settled(without_display_text(v))));
            if mine != theirs {
                let show = |v: Option<RespValue>| v.map_or("nothing".to_string(), |v| v.to_string());
                wrong.push(format!("{name}, {field}:\n   redis  {}\n   lodger {}", show(theirs), show(mine)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn command_list_and_its_filters() {
    let mut oracles = oracles("command_list_and_its_filters");
    let Some(reference) = oracles.first_mut() else { return };
    let mut ours = lodger();
    let all = ours.names("COMMAND LIST");
    let commands = all.iter().filter(|name| !name.contains('|')).count();
    assert_eq!(ours.ask("COMMAND COUNT"), RespValue::Int(i64::try_from(commands).unwrap()));
    assert_eq!(ours.ask("COMMAND").into_items().unwrap().len(), commands);
    let known: BTreeSet<String> = all.intersection(&reference.names("COMMAND LIST")).cloned().collect();
    let categories = [
        "keyspace",
        "read",
        "write",
        "set",
        "sortedset",
        "list",
        "hash",
        "string",
        "bitmap",
        "hyperloglog",
        "geo",
        "stream",
        "pubsub",
        "admin",
        "fast",
        "slow",
        "blocking",
        "dangerous",
        "connection",
        "transaction",
        "scripting",
        "nosuch",
    ];
    let patterns = ["*", "get*", "G*", "?et", "[gs]et", "client|*", "config", "config|get", "x", "s[^e]*"];
    let lines = categories.iter().map(|c| format!("COMMAND LIST FILTERBY ACLCAT {c}"));
    for line in lines.chain(patterns.iter().map(|p| format!("COMMAND LIST FILTERBY PATTERN {p}"))) {
        let in_both =
            |names: BTreeSet<String>| -> BTreeSet<String> { names.intersection(&known).cloned().collect() };
        let (mine, theirs) = (in_both(ours.names(&line)), in_both(reference.names(&line)));
        let extra: Vec<&String> = mine.difference(&theirs).collect();
        let missing: Vec<&String> = theirs.difference(&mine).collect();
        assert!(extra.is_empty() && missing.is_empty(), "{line}: {extra:?} too many, {missing:?} missing");
    }
}

/// One call or more of every command with keys.
const CALLS: &[&str] = &[
    "APPEND k v",
    "SPUBLISH k v",
    "SSUBSCRIBE a b",
    "SUNSUBSCRIBE",
    "SUNSUBSCRIBE a b",
    "BITCOUNT k 0 1",
    "BITFIELD k",
    "BITFIELD k GET u8 0",
    "BITFIELD k OVERFLOW SAT GET u8 0",
    "BITFIELD k GET u8 0 SET u8 0 1",
    "BITFIELD k get get get overflow get",
    "BITFIELD k GET u8",
    "BITFIELD k OVERFLOW",
    "BITFIELD k INCRBY u8 0 1",
    "BITFIELD_RO k GET u8 0",
    "BITOP AND d a b",
    "BITOP NOT d a",
    "BITPOS k 1",
    "GETBIT k 0",
    "SETBIT k 0 1",
    "WATCH a b c",
    "WATCH a",
    "BLMOVE a b LEFT LEFT 0",
    "BLMPOP 0 2 a b LEFT",
    "BLMPOP 0 1 a RIGHT COUNT 2",
    "BLMPOP 0 9 a LEFT",
    "BLMPOP 0 x a LEFT",
    "BLPOP a b 0",
    "BRPOP a 0",
    "BRPOPLPUSH a b 0",
    "LINDEX k 0",
    "LINSERT k BEFORE a b",
    "LLEN k",
    "LMOVE a b LEFT RIGHT",
    "LMPOP 2 a b LEFT",
    "LMPOP 1 a RIGHT COUNT 2",
    "LMPOP 0 a LEFT",
    "LMPOP 3 a LEFT",
    "LPOP k",
    "LPOP k 2",
    "LPOS k a RANK 1",
    "LPUSH k a b",
    "LPUSHX k a",
    "LRANGE k 0 1",
    "LREM k 0 a",
    "LSET k 0 a",
    "LTRIM k 0 1",
    "RPOP k 1",
    "RPOPLPUSH a b",
    "RPUSH k a",
    "RPUSHX k a b",
    "PFADD k a",
    "PFCOUNT a",
    "PFCOUNT a b",
    "PFDEBUG GETREG k",
    "PFMERGE d",
    "PFMERGE d a b",
    "GEOADD k 1 2 m",
    "GEODIST k a b",
    "GEOHASH k",
    "GEOPOS k a",
    "GEORADIUS k 1 2 3 km",
    "GEORADIUS k 1 2 3 km STORE a STOREDIST b",
    "GEORADIUS k 1 2 3 km STORE",
    "GEORADIUS k 1 2 3 km STORE a STORE b",
    "GEORADIUSBYMEMBER k STORE 3 km STOREDIST a",
    "GEORADIUSBYMEMBER_RO k m 3 km",
    "GEORADIUS_RO k 1 2 3 km",
    "GEOSEARCH k FROMMEMBER m BYRADIUS 1 km",
    "GEOSEARCHSTORE d k FROMMEMBER m BYRADIUS 1 km",
    "COPY a b",
    "COPY a b DB 1 REPLACE",
    "DUMP k",
    "RESTORE k 0 v",
    "RESTORE k 0 v REPLACE IDLETIME 5",
    "RESTORE-ASKING k 0 v",
    "DECR k",
    "DECRBY k 1",
    "DEL a",
    "DEL a b c",
    "EXISTS a b",
    "EXPIRE k 1",
    "EXPIREAT k 1 NX",
    "EXPIRETIME k",
    "GET k",
    "GETDEL k",
    "GETEX k",
    "GETEX k EX 1",
    "GETRANGE k 0 1",
    "GETSET k v",
    "HDEL h f",
    "HEXISTS h f",
    "HGET h f",
    "HGETALL h",
    "HINCRBY h f 1",
    "HINCRBYFLOAT h f 1",
    "HKEYS h",
    "HLEN h",
    "HMGET h f g",
    "HMSET h f v",
    "HRANDFIELD h",
    "HRANDFIELD h 1 WITHVALUES",
    "HSCAN h 0 MATCH x",
    "HSET h f v g w",
    "HSETNX h f v",
    "HSTRLEN h f",
    "HVALS h",
    "INCR k",
    "INCRBY k 1",
    "INCRBYFLOAT k 1",
    "LCS a b",
    "LCS a b LEN",
    "MEMORY USAGE k",
    "MEMORY USAGE k SAMPLES 1",
    "MGET a",
    "MGET a b a",
    "MOVE k 1",
    "MSET a 1",
    "MSET a 1 b 2",
    "MSET a 1 b",
    "MSETNX a 1 b 2",
    "OBJECT ENCODING k",
    "OBJECT FREQ k",
    "OBJECT IDLETIME k",
    "OBJECT REFCOUNT k",
    "PERSIST k",
    "PEXPIRE k 1",
    "PEXPIREAT k 1",
    "PEXPIRETIME k",
    "PSETEX k 1 v",
    "PTTL k",
    "RENAME a b",
    "RENAMENX a b",
    "SET k v",
    "SET k v GET",
    "SET k v NX GET EX 10",
    "SET k v get",
    "SET k GET GET",
    "SET GET v",
    "SETEX k 1 v",
    "SETNX k v",
    "SETRANGE k 0 v",
    "STRLEN k",
    "SUBSTR k 0 1",
    "TOUCH a b",
    "TTL k",
    "TYPE k",
    "UNLINK a b",
    "BZMPOP 0 1 z MIN",
    "BZMPOP 0 2 a b MAX COUNT 2",
    "BZMPOP 0 3 a b MAX",
    "BZPOPMAX z 1",
    "BZPOPMIN a b 1",
    "SADD s a b",
    "SCARD s",
    "SDIFF a b c",
    "SDIFFSTORE d a b",
    "SINTER a b",
    "SINTERCARD 2 a b",
    "SINTERCARD 1 a b",
    "SINTERCARD 3 a b",
    "SINTERCARD 0 a",
    "SINTERCARD x a",
    "SINTERCARD 1 a LIMIT 2",
    "SINTERSTORE d a b",
    "SISMEMBER s a",
    "SMEMBERS s",
    "SMISMEMBER s a b",
    "SMOVE a b x",
    "SPOP s 2",
    "SRANDMEMBER s -2",
    "SREM s a b",
    "SSCAN s 0 MATCH *",
    "SUNION a b a",
    "SUNIONSTORE d a",
    "SORT l",
    "SORT l STORE d STORE e",
    "SORT l BY STORE d",
    "SORT l GET STORE STORE d",
    "SORT l LIMIT STORE x y",
    "SORT l LIMIT 1 STORE x",
    "SORT l LIMIT 1",
    "SORT l STORE",
    "SORT l garbage store d",
    "SORT l STORE GET STORE d",
    "SORT STORE STORE STORE",
    "SORT l BY w_* GET g_*",
    "SORT_RO l BY w_* GET # STORE d",
    "XACK s g 1-1",
    "XADD s * f v",
    "XADD s NOMKSTREAM MAXLEN ~ 10 1-1 f v",
    "XAUTOCLAIM s g c 0 0-0",
    "XCLAIM s g c 0 1-1",
    "XDEL s 1-1",
    "XGROUP CREATE s g 0",
    "XGROUP CREATECONSUMER s g c",
    "XGROUP DELCONSUMER s g c",
    "XGROUP DESTROY s g",
    "XGROUP SETID s g 0",
    "XINFO CONSUMERS s g",
    "XINFO GROUPS s",
    "XINFO STREAM s FULL",
    "XLEN s",
    "XPENDING s g",
    "XRANGE s - +",
    "XREAD COUNT 1 STREAMS a b 0 0",
    "XREAD STREAMS a",
    "XREAD BLOCK 1 STREAMS streams 0",
    "XREADGROUP GROUP g c STREAMS a b > >",
    "XREADGROUP GROUP streams streams COUNT 1 STREAMS a >",
    "XREADGROUP GROUP g c COUNT 1",
    "XREVRANGE s + -",
    "XSETID s 1-1",
    "XTRIM s MAXLEN 1",
    "ZADD z 1 a",
    "ZADD z NX 1 a 2 b",
    "ZCARD z",
    "ZCOUNT z 1 2",
    "ZDIFF 2 a b",
    "ZDIFF 2 a b WITHSCORES",
    "ZDIFFSTORE d 2 a b",
    "ZINCRBY z 1 a",
    "ZINTER 2 a b WEIGHTS 1 2",
    "ZINTER 0 a",
    "ZINTER x a",
    "ZINTERCARD 1 a LIMIT 1",
    "ZINTERSTORE d 2 a b",
    "ZINTERSTORE d 3 a b",
    "ZLEXCOUNT z - +",
    "ZMPOP 2 a b MIN",
    "ZMPOP 1 a b MIN",
    "ZMSCORE z a b",
    "ZPOPMAX z",
    "ZPOPMIN z 1",
    "ZRANDMEMBER z",
    "ZRANGE z 0 1",
    "ZRANGEBYLEX z - +",
    "ZRANGEBYSCORE z 0 1",
    "ZRANGESTORE d z 0 1",
    "ZRANK z a",
    "ZREM z a b",
    "ZREMRANGEBYLEX z - +",
    "ZREMRANGEBYRANK z 0 1",
    "ZREMRANGEBYSCORE z 0 1",
    "ZREVRANGE z 0 1",
    "ZREVRANGEBYLEX z + -",
    "ZREVRANGEBYSCORE z 1 0",
    "ZREVRANK z a",
    "ZSCAN z 0",
    "ZSCORE z a",
    "ZUNION 2 a b",
    "ZUNIONSTORE d 2 a b WEIGHTS 1 2 AGGREGATE MAX",
    // and calls without
    "SELECT 1",
    "CONFIG GET x",
    "SWAPDB 0 1",
    "SCAN 0",
    "KEYS *",
    "ECHO a",
    "CLIENT SETNAME x",
    "OBJECT HELP",
    "OBJECT ENCODING",
    "GET",
    "GET a b",
    "nosuch a",
    "CONFIG nosuch a",
    "MGET",
    "MSET a",
    "COMMAND GETKEYS GET a",
    "MEMORY USAGE",
    "DEBUG OBJECT k",
    "COMMAND INFO get",
    "HELLO 3",
];

/// The same of commands that Redis 7.0 does not have; Redis 8.0 has.
const NEWER_CALLS: &[&str] = &[
    "HEXPIRE h 1 FIELDS 1 f",
    "HEXPIREAT h 1 NX FIELDS 1 f",
    "HEXPIRETIME h FIELDS 1 f",
    "HGETDEL h FIELDS 1 f",
    "HGETEX h EX 1 FIELDS 1 f",
    "HPERSIST h FIELDS 1 f",
    "HPEXPIRE h 1 FIELDS 1 f",
    "HPEXPIREAT h 1 FIELDS 1 f",
    "HPEXPIRETIME h FIELDS 1 f",
    "HPTTL h FIELDS 1 f",
    "HSETEX h EX 1 FIELDS 1 f v",
    "HTTL h FIELDS 1 f",
];

#[test]
fn keys_of_calls() {
    let mut oracles = oracles("keys_of_calls");
    if oracles.is_empty() {
        return;
    }
    let mut ours = lodger();
    let mut wrong = Vec::new();
    let calls = CALLS.iter().map(|call| (0, call)).chain(NEWER_CALLS.iter().map(|call| (1, call)));
    for (which, call) in calls {
        let Some(reference) = oracles.get_mut(which) else { continue };
        for asked in [format!("COMMAND GETKEYS {call}"), format!("COMMAND GETKEYSANDFLAGS {call}")] {
            let (mine, theirs) = (settled(ours.ask(&asked)), settled(reference.ask(&asked)));
            if mine != theirs {
                wrong.push(format!("{asked}\n   redis  {theirs}\n   lodger {mine}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
    // The list above is complete.
    let words = |call: &str| call.to_ascii_lowercase().split(' ').map(str::to_string).collect::<Vec<_>>();
    let all = CALLS.iter().chain(NEWER_CALLS);
    let called: BTreeSet<String> =
        all.flat_map(|call| [words(call)[0].clone(), words(call).join("|")]).collect();
    for name in ours.names("COMMAND LIST") {
        let fields = ours.entry(&name).unwrap();
        let has_keys = fields[8].clone().into_items().is_some_and(|specs| !specs.is_empty());
        let below = format!("{name}|");
        let listed = called.iter().any(|call| *call == name || call.starts_with(&below))
            || WITHOUT_ORACLE.contains(&name.as_str());
        assert!(!has_keys || listed, "{name} has keys: add a call to CALLS");
    }
}
