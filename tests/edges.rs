//! Every numeric argument of every command at the edges of what integers and doubles hold: the same replies, and the
//! same keys left, as a real server. The calls are made from COMMAND DOCS: one for each numeric argument, and one more
//! with each other option and choice of its command. What is added to the command table is run without anybody's help,
//! and an argument of which no call succeeds fails the test.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "test code: it stops at the first surprise and starts real servers"
)]

mod common;
#[path = "common/grammar.rs"]
mod grammar;
#[path = "common/kit.rs"]
mod kit;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use common::doors::{Entrance, LodgerDoor, ServerDoor};
use common::oracle::{self, Which};
use common::program::{Argv, Compare, comparison, same};
use common::resp::{RespValue, command_line, encode_request};
use common::script::Door;
use grammar::{Arg, Grammar};

const INTEGERS: &[&str] = &[
    "-9223372036854775809",
    "-9223372036854775808",
    "-9223372036854775807",
    "-4611686018427387904",
    "-4294967296",
    "-2147483649",
    "-2147483648",
    "-1",
    "0",
    "1",
    "2",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "4611686018427387904",
    "9223372036854775806",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
];
const DOUBLES: &[&str] = &["1e308", "-1e308", "inf", "-inf", "nan"];

/// Calls that are left out for a real server, because there they take memory or time without measure; lodger must
/// answer them at once. The command, its argument, the numbers, on a key that is there only, and why.
const ALONE: &[(&str, &str, &[&str], &str)] = &[
    ("hrandfield", "count", MANY, "Redis draws that many fields"),
    ("srandmember", "count", MANY, "Redis draws that many members"),
    ("zrandmember", "count", MANY, "Redis draws that many members"),
    ("xautoclaim", "count", CLAIMS, "Redis takes memory for that many entries"),
];
const MANY: &[&str] =
    &["-9223372036854775807", "-4611686018427387904", "-4294967296", "-2147483649", "-2147483648"];
const CLAIMS: &[&str] = &["2147483647", "2147483648", "4294967295", "4294967296"];

/// Offsets of bits that make a string of 256 MiB and more. Where such a call writes, strings are limited to a
/// mebibyte on both sides.
const FAR_BITS: &[&str] = &["2147483647", "2147483648", "4294967295"];

/// Newer than every server that the tests start.
const WITHOUT_ORACLE: &[&str] = &["msetex"];

/// A numeric argument: the way to it through the arguments of its command.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place(Vec<usize>);

/// A call with a hole in it.
struct Call {
    words: Argv,
    hole: usize,
}

/// What is asked about: a numeric argument of a command.
struct Subject<'g> {
    grammar: &'g Grammar,
    place: Place,
    arg: &'g Arg,
}

impl Subject<'_> {
    fn command(&self) -> String {
        self.grammar.name.join(" ")
    }

    fn title(&self) -> String {
        format!("{} {}", self.command(), plain(&self.arg.name))
    }
}

/// Names as 7.0 and 8.0 have them differ in this.
fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

/// Whether an argument is a number, also where the documentation calls it a string.
fn is_number(grammar: &Grammar, arg: &Arg) -> bool {
    let name = plain(&arg.name);
    match (arg.kind.as_str(), grammar.group.as_str()) {
        ("integer" | "double" | "unix-time", _) => true,
        ("string", "stream") => {
            name.contains("id") || ["threshold", "start", "end", "min-idle-time"].contains(&name.as_str())
        }
        ("string", "sorted-set") => ["start", "stop", "min", "max"].contains(&name.as_str()),
        ("string", "bitmap") => name == "encoding",
        _ => false,
    }
}

/// Every argument below `args` for which `wanted` holds.
fn places(args: &[Arg], wanted: &mut dyn FnMut(&Arg, Option<&Arg>, usize) -> bool) -> Vec<Place> {
    fn walk(
        args: &[Arg],
        parent: Option<&Arg>,
        at: &mut Vec<usize>,
        wanted: &mut dyn FnMut(&Arg, Option<&Arg>, usize) -> bool,
        found: &mut Vec<Place>,
    ) {
        for (i, arg) in args.iter().enumerate() {
            at.push(i);
            if wanted(arg, parent, i) {
                found.push(Place(at.clone()));
            }
            walk(&arg.children, Some(arg), at, wanted, found);
            at.pop();
        }
    }
    let mut found = Vec::new();
    walk(args, None, &mut Vec::new(), wanted, &mut found);
    found
}

fn arg_at<'g>(grammar: &'g Grammar, place: &Place) -> &'g Arg {
    let (first, rest) = place.0.split_first().unwrap();
    rest.iter().fold(&grammar.args[*first], |arg, i| &arg.children[*i])
}

/// The numeric arguments of a command.
fn subjects(grammar: &Grammar) -> Vec<Subject<'_>> {
    let found = places(&grammar.args, &mut |arg, _, _| is_number(grammar, arg));
    found.into_iter().map(|place| Subject { grammar, arg: arg_at(grammar, &place), place }).collect()
}

/// A value that is right for an argument, if its neighbours are.
fn right(grammar: &Grammar, arg: &Arg, dumped: &[u8]) -> Vec<u8> {
    let command = grammar.name.join(" ");
    let name = plain(&arg.name);
    let group = grammar.group.as_str();
    let text =
        match (arg.kind.as_str(), name.as_str()) {
            ("key", "destination" | "newkey" | "storekey" | "destkey") => "d",
            ("key", _) => "k",
            ("pattern", _) => "*",
            ("unix-time", n) if n.contains("milli") => "33177117420000",
            ("unix-time", _) => "33177117420",
            (_, "longitude") => "13",
            (_, "latitude") => "38",
            ("integer" | "double", "radius" | "width" | "height") => "1000",
            ("integer", "cursor" | "numlocal") => "0",
            ("integer", "protover") => "2",
            ("integer", "ttl") => "0",
            ("integer", "end" | "stop") => "-1",
            ("integer", "entries-added") => "3",
            ("integer", n) if n.contains("milliseconds") => "100000000",
            ("integer", n) if n.contains("seconds") => "100000",
            ("integer" | "double", _) => "1",
            (_, "serialized-value") => return dumped.to_vec(),
            (_, "encoding") => "u8",
            (_, "type") => "string",
            (_, "group" | "groupname") if group == "stream" => "g",
            (_, "consumer" | "consumername") if group == "stream" => "c",
            (_, "start" | "stop" | "end" | "min" | "max") => match (group, name.as_str()) {
                ("sorted-set", _) if command.ends_with("lex") && command.starts_with("zrev") => {
                    if name == "max" { "+" } else { "-" }
                }
                ("sorted-set", "min") if command.ends_with("lex") || command == "zlexcount" => "-",
                ("sorted-set", "max") if command.ends_with("lex") || command == "zlexcount" => "+",
                ("stream", "start") if command == "xautoclaim" => "0",
                ("stream", "start") => "-",
                ("stream", _) => "+",
                ("sorted-set", "start" | "min") => "0",
                _ => "3",
            },
            (_, "threshold") => "1",
            (_, "min-idle-time") => "0",
            (_, n) if group == "stream" && n.contains("id") => match command.as_str() {
                "xreadgroup" => ">",
                "xread" => "0",
                "xadd" | "xsetid" => "9-9",
                _ => "1-1",
            },
            (_, "element" | "pivot") => "1",
            (_, "member") if group == "set" => "1",
            (_, "member") if grammar.name[0] == "geoadd" => "c",
            _ => "a",
        };
    text.as_bytes().to_vec()
}

/// Options without which another one is refused.
fn needs(command: &str, name: &str) -> &'static [&'static str] {
    match (command, plain(name).as_str()) {
        ("xadd", "count") => &["approximately", "id"],
        ("xadd", _) => &["id"],
        ("xtrim", "count") => &["approximately"],
        ("lcs", "len" | "min-match-len") => &["idx"],
        ("zrange" | "zrangestore", "offset" | "count") => &["byscore"],
        ("geosearchstore" | "geosearch", "height") => &["box"],
        ("xsetid", n) if n.starts_with("entries") => &["maxdeletedid", "max-deleted-id"],
        ("xsetid", n) if n.starts_with("max") => &["entriesadded", "entries-added"],
        _ => &[],
    }
}

impl Subject<'_> {
    /// A call that has this argument and what stands at `also`, and no other option.
    fn call(&self, also: &[Place], dumped: &[u8]) -> Call {
        let mut call =
            Call { words: self.grammar.name.iter().map(|w| w.clone().into_bytes()).collect(), hole: 0 };
        let mut at = Vec::new();
        self.fill(&self.grammar.args, &mut at, also, dumped, &mut call);
        assert!(call.hole > 0, "{}: no way to it", self.title());
        call
    }

    fn fill(&self, args: &[Arg], at: &mut Vec<usize>, also: &[Place], dumped: &[u8], call: &mut Call) {
        for (i, arg) in args.iter().enumerate() {
            at.push(i);
            self.one(arg, at, also, dumped, call);
            at.pop();
        }
    }

    fn one(&self, arg: &Arg, at: &mut Vec<usize>, also: &[Place], dumped: &[u8], call: &mut Call) {
        let own = self.place.0.starts_with(at);
        if arg.optional && !own && !also.iter().any(|p| p.0.starts_with(at)) {
            return;
        }
        call.words.extend(arg.token.clone().filter(|t| !t.is_empty()).map(String::into_bytes));
        match arg.kind.as_str() {
            "pure-token" => {}
            "oneof" if !arg.children.is_empty() => {
                let ways = std::iter::once(&self.place).chain(also);
                let chosen = ways.filter(|p| p.0.starts_with(at)).find_map(|p| p.0.get(at.len()).copied());
                let i = chosen.unwrap_or(0);
                at.push(i);
                self.one(&arg.children[i], at, also, dumped, call);
                at.pop();
            }
            "block" => self.fill(&arg.children, at, also, dumped, call),
            _ => {
                if *at == self.place.0 {
                    call.hole = call.words.len();
                }
                call.words.push(right(self.grammar, arg, dumped));
            }
        }
    }

    /// The calls with this argument: the shortest, and one for each other option and each other choice.
    fn calls(&self, dumped: &[u8]) -> Vec<Call> {
        let needed = needs(&self.command(), &self.arg.name);
        let base = places(&self.grammar.args, &mut |arg, _, _| needed.contains(&plain(&arg.name).as_str()));
        let others = places(&self.grammar.args, &mut |arg, parent, i| {
            arg.optional || (i > 0 && parent.is_some_and(|p| p.kind == "oneof"))
        });
        let mut seen = BTreeSet::new();
        let with = |other: Option<Place>| {
            let also: Vec<Place> = base.iter().cloned().chain(other).collect();
            self.call(&also, dumped)
        };
        let all = std::iter::once(None).chain(others.into_iter().map(Some)).map(with);
        all.filter(|call| seen.insert((call.words.clone(), call.hole))).collect()
    }

    /// The numbers that it is given, with what may stand before a number here.
    fn numbers(&self) -> Vec<String> {
        let mut all: Vec<String> = INTEGERS.iter().map(|n| (*n).to_owned()).collect();
        let name = plain(&self.arg.name);
        let group = self.grammar.group.as_str();
        let bound = group == "sorted-set" && ["start", "stop", "min", "max"].contains(&name.as_str());
        if self.arg.kind != "integer" {
            all.extend(DOUBLES.iter().map(|n| (*n).to_owned()));
        }
        let prefix = match (group, name.as_str()) {
            ("bitmap", "encoding") => "i",
            ("bitmap", "offset") if self.grammar.name[0].starts_with("bitfield") => "#",
            ("stream", n) if n.contains("id") => "1-",
            ("stream", "start" | "end") => "(",
            _ if bound => "(",
            _ => return all,
        };
        all.extend(INTEGERS.iter().map(|n| format!("{prefix}{n}")));
        all
    }
}

/// Makes a key of the type that a command is for.
fn setup(grammar: &Grammar) -> Vec<&'static str> {
    match grammar.group.as_str() {
        "list" => vec!["RPUSH k 3 1 2"],
        "set" => vec!["SADD k 1 2 3"],
        "hash" => vec!["HSET k a 1 b 2"],
        "sorted-set" => vec!["ZADD k 1 a 2 b 3 c"],
        "geo" => vec!["GEOADD k 13.361389 38.115556 a 15.087269 37.502669 b"],
        "stream" => vec![
            "XADD k 1-1 f v",
            "XADD k 2-1 f v",
            "XADD k 3-1 f v",
            "XGROUP CREATE k g 0",
            "XREADGROUP GROUP g c COUNT 2 STREAMS k >",
            // Idle for so long that a millisecond more is no difference.
            "XCLAIM k g c 0 1-1 2-1 IDLE 1000000 JUSTID",
        ],
        _ if grammar.name[0].starts_with("sort") => vec!["RPUSH k 3 1 2"],
        "generic" if grammar.name[0].starts_with("restore") => vec!["SET d 10"],
        _ => vec!["SET k 10"],
    }
}

/// Makes new values small or large.
const SMALL: &str = "CONFIG SET list-max-listpack-size -2 hash-max-listpack-entries 128 zset-max-listpack-entries 128 \
     set-max-intset-entries 512 stream-node-max-entries 100";
const LARGE: &str = "CONFIG SET list-max-listpack-size 1 hash-max-listpack-entries 0 zset-max-listpack-entries 0 \
     set-max-intset-entries 0 stream-node-max-entries 1";

/// The value that a call meets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Absent,
    Small,
    Large,
}

fn words(line: &str) -> Argv {
    line.split(' ').map(|w| w.as_bytes().to_vec()).collect()
}

/// How the replies to a call are compared. Cursors, and what is drawn or made from the clock, are each server's own.
fn how(argv: &Argv) -> Compare {
    let name = argv[0].to_ascii_lowercase();
    match name.as_slice() {
        b"pexpiretime" => Compare::Clock { within: 8_000 },
        b"spop" | b"lolwut" | b"hello" => Compare::Kind,
        b"scan" if argv[1] != b"0" => Compare::Kind,
        b"scan" if argv.windows(2).any(|pair| pair[0] == b"COUNT" && pair[1] == b"1") => Compare::Kind,
        b"client" if argv[1] == b"list" => Compare::Kind,
        b"xadd" if argv.iter().any(|word| word == b"*") => Compare::Kind,
        _ => comparison(argv),
    }
}

/// One command of a request, and how its reply is compared.
struct Step {
    argv: Argv,
    how: Compare,
    /// The call that is asked about, if this brings its reply; the others prepare, or look at what it left.
    subject: Option<String>,
}

fn step(line: &str) -> Step {
    let argv = words(line);
    Step { how: how(&argv), argv, subject: None }
}

/// The two that must agree.
struct Pair {
    which: Which,
    redis: ServerDoor,
    lodger: LodgerDoor,
    calls: usize,
    /// Calls that only lodger was asked.
    alone: usize,
    successes: usize,
    differences: Vec<String>,
}

impl Pair {
    fn start(which: Which) -> Option<Self> {
        let server = oracle::start(which, "numbers at the edges")?;
        let (redis, lodger) =
            (ServerDoor::new(server, None).unwrap(), LodgerDoor::on_time(Entrance::Resp).unwrap());
        let mut pair =
            Self { which, redis, lodger, calls: 0, alone: 0, successes: 0, differences: Vec::new() };
        // What a busy machine slows down is in no reply.
        pair.both(&[step("DEBUG SET-ACTIVE-EXPIRE 0"), step("CONFIG SET slowlog-log-slower-than -1")]);
        Some(pair)
    }

    fn both(&mut self, steps: &[Step]) -> Vec<(RespValue, RespValue)> {
        let mut request = Vec::new();
        steps.iter().for_each(|step| encode_request(&step.argv, &mut request));
        let asked = |steps: &[Step]| {
            let lines = steps.iter().filter_map(|s| s.subject.as_deref());
            lines.collect::<Vec<_>>().join("\n   ")
        };
        let redis = self.redis.raw("", &request, steps.len());
        let redis =
            redis.unwrap_or_else(|e| panic!("{}: {e}, one of\n   {}", self.which.name(), asked(steps)));
        let lodger = self.lodger.raw("", &request, steps.len()).unwrap().unwrap();
        let redis = redis.unwrap();
        assert_eq!(lodger.len(), redis.len(), "replies to one of\n   {}", asked(steps));
        redis.into_iter().zip(lodger).collect()
    }

    fn knows(&mut self, name: &str) -> bool {
        let reply = self.redis.send("", &words(&format!("COMMAND DOCS {name}"))).unwrap();
        reply.into_items().is_some_and(|items| !items.is_empty())
    }

    /// Runs these and notes what differs; whether a call of the subject succeeded.
    fn compare(&mut self, steps: &[Step]) -> bool {
        let before = self.successes;
        let mut last = String::new();
        for (step, (redis, lodger)) in steps.iter().zip(self.both(steps)) {
            if let Some(line) = &step.subject {
                self.calls += 1;
                last.clone_from(line);
                // Of a transaction it is the only reply.
                let refused = |reply: &RespValue| match reply {
                    RespValue::Array(items) if step.argv[0] == b"EXEC" => items[0].is_error(),
                    other => other.is_error(),
                };
                self.successes += usize::from(!refused(&redis));
            }
            if !same(step.how, &redis, &lodger) {
                let line = command_line(&step.argv);
                let after = if line == last { String::new() } else { format!("   (for {last})") };
                self.differences
                    .push(format!("{line}{after}\n   redis  {redis:.300}\n   lodger {lodger:.300}"));
            }
        }
        self.successes > before
    }
}

/// The request for one number: prepares, asks, and looks at what is left.
fn steps(subject: &Subject<'_>, call: &Call, number: &str, key: Key) -> Vec<Step> {
    let mut steps = vec![step("SELECT 0"), step("FLUSHALL")];
    let large = key == Key::Large && setup(subject.grammar)[0] != "SET k 10";
    if large {
        steps.push(step(LARGE));
    }
    let far = subject.grammar.group == "bitmap" && FAR_BITS.contains(&number);
    if far {
        steps.push(step("CONFIG SET proto-max-bulk-len 1mb"));
    }
    if key != Key::Absent {
        steps.extend(setup(subject.grammar).into_iter().map(step));
    }
    let mut argv = call.words.clone();
    argv[call.hole] = number.as_bytes().to_vec();
    let name = &subject.grammar.name[0];
    let waits = grammar::may_wait(name.as_bytes()) || name.starts_with("wait");
    // Cursors of large values are each server's own.
    let how = if large && name.ends_with("scan") { Compare::Kind } else { how(&argv) };
    let line = Some(command_line(&argv));
    if waits {
        steps.push(step("MULTI"));
        steps.push(Step { argv, how: Compare::Exact, subject: None });
        steps.push(Step { argv: words("EXEC"), how, subject: line });
    } else {
        steps.push(Step { argv, how, subject: line });
    }
    if far {
        steps.push(step("CONFIG SET proto-max-bulk-len 512mb"));
    }
    if large {
        steps.push(step(SMALL));
    }
    // What is over within a moment is over at a moment of each server's own.
    let lifetime = plain(&subject.arg.name).contains("seconds") || plain(&subject.arg.name) == "ttl";
    let soon = lifetime && ["1", "2"].contains(&number);
    if !soon {
        let random = how == Compare::Kind;
        let looks = ["TYPE k", "PEXPIRETIME k", "TYPE d", "PEXPIRETIME d", "DEBUG DIGEST-VALUE k d"];
        steps.extend(looks[..looks.len() - usize::from(random)].iter().map(|line| step(line)));
    }
    steps
}

fn is_newest(subject: &Subject<'_>) -> bool {
    WITHOUT_ORACLE.contains(&subject.command().as_str())
}

fn is_alone(subject: &Subject<'_>, number: &str, key: Key) -> bool {
    let listed = |(command, arg, numbers, _): &(&str, &str, &[&str], &str)| {
        *command == subject.command() && *arg == plain(&subject.arg.name) && numbers.contains(&number)
    };
    is_newest(subject) || (key != Key::Absent && ALONE.iter().any(listed))
}

/// Runs what no server is asked: a short answer, at once. Whether the call succeeded.
fn run_alone(pair: &mut Pair, steps: &[Step], slowest: &mut Duration) -> bool {
    let mut succeeded = false;
    for step in steps {
        let start = Instant::now();
        let reply = pair.lodger.send("", &step.argv).unwrap();
        *slowest = (*slowest).max(start.elapsed());
        let len = reply.to_string().len();
        assert!(len < 1000, "{}: {len} bytes", command_line(&step.argv));
        succeeded |= step.subject.is_some() && !reply.is_error();
    }
    pair.alone += 1;
    succeeded
}

/// Asks about one argument on all sides; whether any of its calls succeeded.
fn ask(pair: &mut Pair, subject: &Subject<'_>, dumped: &[u8], slowest: &mut Duration) -> bool {
    let mut succeeded = false;
    for call in subject.calls(dumped) {
        let mut all = Vec::new();
        for number in subject.numbers() {
            for key in [Key::Small, Key::Large, Key::Absent] {
                let steps = steps(subject, &call, &number, key);
                if is_alone(subject, &number, key) {
                    let good = run_alone(pair, &steps, slowest);
                    succeeded |= good && is_newest(subject);
                } else {
                    all.extend(steps);
                }
            }
        }
        succeeded |= pair.compare(&all);
    }
    succeeded
}

/// Numbers at the edges added to numbers at the edges.
#[test]
fn sums_at_the_edges() {
    let Some(mut pair) = Pair::start(Which::Redis7) else { return };
    let lines = [
        ("SET k $a", "INCRBY k $b"),
        ("SET k $a", "DECRBY k $b"),
        ("SET k $a", "INCRBYFLOAT k $b"),
        ("HSET k f $a", "HINCRBY k f $b"),
        ("HSET k f $a", "HINCRBYFLOAT k f $b"),
        ("ZADD k $a m", "ZINCRBY k $b m"),
        ("ZADD k $a m", "ZADD k INCR $b m"),
        ("BITFIELD k SET i64 0 $a", "BITFIELD k INCRBY i64 0 $b"),
        ("BITFIELD k SET i64 0 $a", "BITFIELD k OVERFLOW SAT INCRBY i64 0 $b"),
        ("BITFIELD k SET u63 0 $a", "BITFIELD k OVERFLOW FAIL INCRBY u63 0 $b"),
        ("BITFIELD k SET i33 7 $a", "BITFIELD k OVERFLOW SAT INCRBY i33 7 $b"),
        ("BITFIELD k SET u32 7 $a", "BITFIELD k INCRBY u32 7 $b"),
    ];
    let numbers: Vec<&str> = INTEGERS.iter().chain(DOUBLES).copied().collect();
    for (first, second) in lines {
        for a in &numbers {
            let mut steps = Vec::new();
            for b in &numbers {
                let asked = second.replace("$b", b);
                let call =
                    Step { subject: Some(format!("{first}, {asked}").replace("$a", a)), ..step(&asked) };
                steps.extend([step("FLUSHALL"), step(&first.replace("$a", a)), call]);
                steps.push(step("DEBUG DIGEST-VALUE k"));
            }
            pair.compare(&steps);
        }
    }
    println!("sums at the edges: {} calls, {} of them good", pair.calls, pair.successes);
    assert!(pair.differences.is_empty(), "{}", pair.differences.join("\n"));
}

/// Only what writes stands still, so that the pause can be ended.
#[test]
fn pauses_at_the_edges() {
    let Some(mut pair) = Pair::start(Which::Redis7) else { return };
    for number in INTEGERS {
        let call = step(&format!("CLIENT PAUSE {number} WRITE"));
        let call = Step { subject: Some(command_line(&call.argv)), ..call };
        pair.compare(&[call, step("PING"), step("CLIENT UNPAUSE"), step("SET k v")]);
    }
    assert!(pair.differences.is_empty(), "{}", pair.differences.join("\n"));
}

/// DEBUG's numbers, of which the table does not tell. No number of keys or bytes that a server would really make, no
/// sleep; STRINGMATCH-LEN, which the servers at hand do not know, is lodger's alone.
#[test]
fn debug_at_the_edges() {
    let Some(mut pair) = Pair::start(Which::Redis7) else { return };
    let few: Vec<&str> = INTEGERS.iter().copied().filter(|n| n.len() < 2 || n.starts_with('-')).collect();
    let lines = [
        ("DEBUG HTSTATS $t", INTEGERS),
        ("DEBUG SET-ACTIVE-EXPIRE $t", INTEGERS),
        ("DEBUG QUICKLIST-PACKED-THRESHOLD $t", INTEGERS),
        ("DEBUG POPULATE $t", &few),
        ("DEBUG POPULATE 2 key $t", &few),
    ];
    for (line, numbers) in lines {
        for number in numbers {
            let call = step(&line.replace("$t", number));
            let how = if line.contains("HTSTATS") { Compare::Kind } else { Compare::Exact };
            let call = Step { subject: Some(command_line(&call.argv)), how, ..call };
            pair.compare(&[step("FLUSHALL"), call, step("DBSIZE"), step("DEBUG DIGEST")]);
        }
    }
    let mut slowest = Duration::ZERO;
    for number in INTEGERS {
        let steps = [step(&format!("DEBUG STRINGMATCH-LEN {number} *a*b"))];
        run_alone(&mut pair, &steps, &mut slowest);
    }
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    println!("DEBUG at the edges: {} calls, {} of them good", pair.calls, pair.successes);
    assert!(pair.differences.is_empty(), "{}", pair.differences.join("\n"));
}

/// Commands that wait, with the argument that says how long at `$t`, and what wakes each.
const WAITING: &[(&str, &str)] = &[
    ("BLPOP k $t", "RPUSH k 1"),
    ("BRPOP k $t", "RPUSH k 1"),
    ("BLMOVE k d LEFT LEFT $t", "RPUSH k 1"),
    ("BRPOPLPUSH k d $t", "RPUSH k 1"),
    ("BLMPOP $t 1 k LEFT", "RPUSH k 1"),
    ("BZPOPMIN k $t", "ZADD k 1 a"),
    ("BZPOPMAX k $t", "ZADD k 1 a"),
    ("BZMPOP $t 1 k MIN", "ZADD k 1 a"),
    ("XREAD BLOCK $t STREAMS k 0", "XADD k 1-1 f v"),
    ("XREADGROUP GROUP g c BLOCK $t STREAMS k >", "XADD k 1-1 f v"),
    ("WAIT 1 $t", "CLIENT UNBLOCK"),
    ("WAITAOF 0 1 $t", "CLIENT UNBLOCK"),
];

/// Ends the waiting of client `w` on both sides.
fn wake(pair: &mut Pair, waker: &str) {
    for door in [&mut pair.redis as &mut dyn Door, &mut pair.lodger] {
        if waker == "CLIENT UNBLOCK" {
            let id = door.send("", &words("CLIENT LIST")).unwrap();
            let list = String::from_utf8_lossy(id.bytes().unwrap_or_default()).into_owned();
            let blocked =
                list.lines().find(|line| line.contains(" flags=b")).unwrap_or_else(|| panic!("{list}"));
            let id = blocked.split(' ').next().unwrap().trim_start_matches("id=").to_owned();
            door.send("", &words(&format!("CLIENT UNBLOCK {id}"))).unwrap();
        } else {
            door.send("", &words(waker)).unwrap();
        }
    }
}

/// The timeouts of calls that find nothing: those that are taken do wait until somebody comes, the others are errors.
#[test]
fn timeouts_at_the_edges() {
    let Some(redis7) = Pair::start(Which::Redis7) else { return };
    let Some(redis8) = Pair::start(Which::Redis8) else { return };
    let mut pairs = [redis7, redis8];
    let (mut calls, mut waited) = (0, 0);
    for (line, waker) in WAITING {
        let pair = &mut pairs[usize::from(line.starts_with("WAITAOF"))];
        // Those that would be over before anybody comes are left out.
        for number in INTEGERS.iter().chain(DOUBLES).filter(|n| !["1", "2"].contains(n)) {
            let mut prepared = vec![step("FLUSHALL")];
            if line.starts_with("XREADGROUP") {
                prepared.push(step("XGROUP CREATE k g 0 MKSTREAM"));
            }
            pair.compare(&prepared);
            let argv = words(&line.replace("$t", number));
            let asked = command_line(&argv);
            pair.lodger.begin("w", &argv).unwrap();
            // Whoever does not wait here answers at once there, or the test is stuck until it says so.
            let waits = pair.lodger.waits("w").unwrap();
            if waits {
                pair.redis.begin("w", &argv).unwrap();
                assert!(pair.redis.waits("w").unwrap(), "{asked}: lodger waits");
                wake(pair, waker);
                waited += 1;
            } else {
                pair.redis.post("w", &argv).unwrap();
            }
            let lodger = pair.lodger.end("w").unwrap();
            let redis = pair.redis.end("w").unwrap_or_else(|e| panic!("{asked}: {e}; lodger {lodger}"));
            if lodger != redis {
                pair.differences.push(format!("{asked}\n   redis  {redis}\n   lodger {lodger}"));
            }
            calls += 1;
        }
    }
    println!("timeouts at the edges: {calls} calls, {waited} of them waited");
    assert!(waited > 60, "{waited}");
    let differences: Vec<String> = pairs.into_iter().flat_map(|p| p.differences).collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn numbers_at_the_edges() {
    let start = Instant::now();
    let Some(redis7) = Pair::start(Which::Redis7) else { return };
    let Some(redis8) = Pair::start(Which::Redis8) else { return };
    let mut pairs = [redis7, redis8];
    let db = lodger::Options::new().open("").unwrap();
    let mut client = db.client().unwrap();
    let grammars = grammar::all_grammars(&mut client);
    kit::call(&mut client, "SET k 10");
    let dumped = kit::call(&mut client, "DUMP k").as_bytes().unwrap().to_vec();
    let (mut slowest, mut failed) = (Duration::ZERO, Vec::new());
    // See `pauses_at_the_edges`; ids of clients differ.
    let timed =
        |grammar: &&Grammar| !["client|pause", "client|tracking"].contains(&grammar.name.join("|").as_str());
    let all: Vec<Subject<'_>> = grammars.iter().filter(timed).flat_map(subjects).collect();
    for (command, arg, _, why) in ALONE {
        let there = all.iter().any(|s| s.command() == *command && plain(&s.arg.name) == *arg);
        assert!(there, "{command} has no {arg} any more; {why}");
    }
    for subject in &all {
        let newer = !pairs[0].knows(&subject.grammar.name.join("|"));
        if !ask(&mut pairs[usize::from(newer)], subject, &dumped, &mut slowest) {
            failed.push(subject.title());
        }
    }
    let sum = |count: fn(&Pair) -> usize| pairs.iter().map(count).sum::<usize>();
    println!(
        "numbers at the edges: {} calls for {} arguments in {:?}, {} of them good; {} more of lodger alone, the slowest in {slowest:?}",
        sum(|p| p.calls),
        all.len(),
        start.elapsed(),
        sum(|p| p.successes),
        sum(|p| p.alone)
    );
    assert!(slowest < Duration::from_secs(1), "{slowest:?} for a call that no server was asked");
    let differences: Vec<String> = pairs.into_iter().flat_map(|p| p.differences).collect();
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
    assert!(all.len() > 240, "{} numeric arguments in the command table", all.len());
    assert!(failed.is_empty(), "no call succeeds that has {failed:?}");
}
