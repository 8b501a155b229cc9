//! GET and SET: lodger through the C ABI, the bare map, Redis one request at a time and with 64 in flight.
//!
//! Goals: at most 1.5 times the map's time at 1 M and 10 M keys, 2.5 times at 10 k, where all is in cache;
//! 40 times the rate of Redis one at a time, 8 times that of Redis with 64 in flight. With two threads the map
//! is behind one mutex, which is what a program has to do to share it.

use std::sync::{Barrier, Mutex};
use std::time::{Duration, Instant};

use crate::Plan;
use crate::abi::{Client, Db};
use crate::growth::Grown;
use crate::keys::{self, Key, Random, Value};
use crate::map::Map;
use crate::redis::{Connection, Server, encode_get};
use crate::report::{at_least, at_most, each, ratio, table, time};

/// Operations before each timed part.
const WARM: usize = 10_000;
/// Requests a round, one at a time.
const SINGLES: usize = 2_000;
/// Requests a round with 64 in flight.
const PIPELINED: usize = 20_000;
/// Gets in one batch of the other doors.
const BATCH: usize = 64;

/// The two databases under test, filled.
pub(crate) enum Fixture<'g> {
    Own(Box<(Db, Mutex<Map>)>),
    Grown(&'g Grown),
}

impl<'g> Fixture<'g> {
    /// With `size` keys.
    pub(crate) fn load(size: usize) -> Self {
        let (db, mut map) = (Db::memory(), Map::new());
        let (mut client, value) = (db.client(), keys::value(0));
        for from in (0..size).step_by(10_000) {
            let some = keys::range(from, size.min(from + 10_000));
            some.iter().for_each(|key| client.set(key, &value));
            map.load(&some, &value);
        }
        Self::Own(Box::new((db, Mutex::new(map))))
    }

    /// What [`crate::growth`] has filled.
    pub(crate) fn borrow(grown: &'g Grown) -> Self {
        Self::Grown(grown)
    }

    fn parts(&self) -> (&Db, &Mutex<Map>) {
        match self {
            Self::Own(both) => (&both.0, &both.1),
            Self::Grown(grown) => (&grown.db, &grown.map),
        }
    }
}

/// Whoever answers GET and SET. `value`: SET, otherwise GET.
trait Contender: Send {
    fn run(&mut self, keys: &[Key], value: Option<&Value>);
}

impl Contender for Client {
    fn run(&mut self, keys: &[Key], value: Option<&Value>) {
        match value {
            None => assert!(keys.iter().fold(true, |all, key| all & self.get(key))),
            Some(value) => keys.iter().for_each(|key| self.set(key, value)),
        }
    }
}

/// The map for one thread.
struct Alone<'m>(&'m mut Map, Vec<u8>);

impl Contender for Alone<'_> {
    fn run(&mut self, keys: &[Key], value: Option<&Value>) {
        match value {
            None => assert!(keys.iter().fold(true, |all, key| {
                let found = self.0.get(key, &mut self.1);
                std::hint::black_box(&self.1);
                all & found
            })),
            Some(value) => keys.iter().for_each(|key| self.0.set(key, value)),
        }
    }
}

/// The map for several threads.
struct Shared<'m>(&'m Mutex<Map>, Vec<u8>);

impl Contender for Shared<'_> {
    fn run(&mut self, keys: &[Key], value: Option<&Value>) {
        match value {
            None => assert!(keys.iter().fold(true, |all, key| {
                let found = self.0.lock().unwrap().get(key, &mut self.1);
                std::hint::black_box(&self.1);
                all & found
            })),
            Some(value) => keys.iter().for_each(|key| self.0.lock().unwrap().set(key, value)),
        }
    }
}

struct Single(Connection);

impl Contender for Single {
    fn run(&mut self, keys: &[Key], value: Option<&Value>) {
        self.0.one_by_one(keys, value);
    }
}

struct Pipelined(Connection);

impl Contender for Pipelined {
    fn run(&mut self, keys: &[Key], value: Option<&Value>) {
        self.0.pipelined(keys, value);
    }
}

/// Nanoseconds for one operation when all contenders share the keys, a thread each. Each begins with some that
/// are not timed and bring what is small enough into its caches.
fn round(contenders: &mut [impl Contender], warm: &[Key], keys: &[Key], value: Option<&Value>) -> f64 {
    if let [only] = contenders {
        only.run(warm, value);
        return each(time(|| only.run(keys, value)), keys.len());
    }
    let (barrier, threads) = (Barrier::new(contenders.len()), contenders.len());
    let spans: Vec<(Instant, Instant)> = std::thread::scope(|scope| {
        let shares = keys.chunks(keys.len().div_ceil(threads));
        let running: Vec<_> = contenders
            .iter_mut()
            .zip(shares)
            .map(|(contender, share)| {
                let barrier = &barrier;
                scope.spawn(move || {
                    contender.run(warm, value);
                    barrier.wait();
                    let start = Instant::now();
                    contender.run(share, value);
                    (start, Instant::now())
                })
            })
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let start = spans.iter().map(|s| s.0).min().unwrap();
    let end = spans.iter().map(|s| s.1).max().unwrap();
    each(end - start, keys.len())
}

/// One row: what each round took, in nanoseconds for one operation.
struct Line {
    size: usize,
    set: bool,
    threads: usize,
    lodger: Vec<f64>,
    map: Vec<f64>,
    single: Vec<f64>,
    pipelined: Vec<f64>,
    /// lodger in the rounds that had Redis in them.
    beside: Vec<f64>,
}

/// The other ways into lodger: name, nanoseconds for one GET, those of `lodger_get` in the same rounds.
struct Door {
    name: &'static str,
    size: usize,
    door: Vec<f64>,
    get: Vec<f64>,
}

/// All rows.
#[derive(Default)]
pub(crate) struct Report {
    lines: Vec<Line>,
    doors: Vec<Door>,
}

/// Measures one size.
pub(crate) fn run(
    plan: &Plan,
    size: usize,
    fixture: Fixture<'_>,
    server: Option<&Server>,
    report: &mut Report,
) {
    let (db, map) = fixture.parts();
    for threads in [1, 2] {
        for set in [false, true] {
            let mut line = Line {
                size,
                set,
                threads,
                lodger: Vec::new(),
                map: Vec::new(),
                single: Vec::new(),
                pipelined: Vec::new(),
                beside: Vec::new(),
            };
            let mut clients: Vec<Client> = (0..threads).map(|_| db.client()).collect();
            let connect = |_| server.map(Server::connect);
            let mut singles: Vec<Single> = (0..threads).filter_map(connect).map(Single).collect();
            let mut pipes: Vec<Pipelined> = (0..threads).filter_map(connect).map(Pipelined).collect();
            let mut random = Random::new(size as u64 + threads as u64);
            for n in 0..plan.rounds {
                let keys = random.keys(WARM + plan.operations * threads, size);
                let (warm, order) = keys.split_at(WARM);
                let value = keys::value(n);
                let value = set.then_some(&value);
                line.lodger.push(round(&mut clients, warm, order, value));
                line.map.push(if threads == 1 {
                    round(&mut [Alone(&mut map.lock().unwrap(), Vec::new())], warm, order, value)
                } else {
                    let mut shared: Vec<Shared<'_>> = (0..threads).map(|_| Shared(map, Vec::new())).collect();
                    round(&mut shared, warm, order, value)
                });
                if server.is_some() && n % plan.redis_every == 0 {
                    let keys = random.keys(WARM + PIPELINED, size);
                    let (warm, order) = keys.split_at(WARM);
                    line.single.push(round(&mut singles, &warm[..100], &order[..SINGLES], value));
                    line.pipelined.push(round(&mut pipes, warm, order, value));
                    line.beside.extend(line.lodger.last());
                }
            }
            report.lines.push(line);
        }
    }
    doors(plan, size, db, report);
}

fn doors(plan: &Plan, size: usize, db: &Db, report: &mut Report) {
    let mut client = db.client();
    let mut random = Random::new(size as u64);
    let names = ["lodger_mget of 64", "lodger_command GET", "lodger_resp, one GET", "lodger_resp, 64 GETs"];
    let mut doors = names.map(|name| Door { name, size, door: Vec::new(), get: Vec::new() });
    for _ in 0..plan.rounds {
        let order = random.keys(plan.operations / 2 / BATCH * BATCH, size);
        let get = each(time(|| client.run(&order, None)), order.len());
        let requests: Vec<Vec<u8>> = order.iter().map(|key| encoded(std::slice::from_ref(key))).collect();
        let batches: Vec<Vec<u8>> = order.chunks(BATCH).map(encoded).collect();
        let times: [Duration; 4] = [
            time(|| {
                for some in order.as_chunks::<BATCH>().0 {
                    let found = client.mget(&some.each_ref().map(|k| k.as_ptr().cast()), &[16; BATCH]);
                    assert_eq!(found, BATCH);
                }
            }),
            time(|| order.iter().for_each(|key| assert_eq!(client.command([b"GET", key]), 64))),
            time(|| requests.iter().for_each(|request| assert_eq!(client.resp(request), 71))),
            time(|| batches.iter().for_each(|batch| assert_eq!(client.resp(batch), 71 * BATCH))),
        ];
        for (door, time) in doors.iter_mut().zip(times) {
            door.door.push(each(time, order.len()));
            door.get.push(get);
        }
    }
    report.doors.extend(doors);
}

fn encoded(keys: &[Key]) -> Vec<u8> {
    let mut request = Vec::new();
    keys.iter().for_each(|key| encode_get(key, &mut request));
    request
}

fn ns(values: &[f64]) -> String {
    if values.is_empty() { "SKIPPED".to_owned() } else { format!("{:.0}", crate::report::median(values)) }
}

impl Report {
    /// Both tables.
    pub(crate) fn print(&self) {
        if self.lines.is_empty() {
            return;
        }
        let rows: Vec<Vec<String>> = self.lines.iter().map(Line::row).collect();
        let head = [
            "GET and SET",
            "keys",
            "threads",
            "lodger",
            "map",
            "lodger/map",
            "redis",
            "rate",
            "redis 64",
            "rate",
        ];
        let title =
            "Nanoseconds for one operation, all threads together (map with 2 threads: behind one mutex)";
        table(title, &head, &rows);
        let rows: Vec<Vec<String>> = self.doors.iter().map(Door::row).collect();
        table("The other doors, nanoseconds for one GET", &["", "keys", "ns", "to lodger_get"], &rows);
    }
}

impl Line {
    fn row(&self) -> Vec<String> {
        let goal = if self.size <= 10_000 { 2.5 } else { 1.5 };
        let rate = |redis: &[f64], goal: f64| match redis {
            [] => String::new(),
            _ => at_least(ratio(redis, &self.beside), goal),
        };
        vec![
            if self.set { "SET" } else { "GET" }.to_owned(),
            self.size.to_string(),
            self.threads.to_string(),
            ns(&self.lodger),
            ns(&self.map),
            at_most(ratio(&self.lodger, &self.map), goal),
            ns(&self.single),
            rate(&self.single, 40.0),
            ns(&self.pipelined),
            rate(&self.pipelined, 8.0),
        ]
    }
}

impl Door {
    fn row(&self) -> Vec<String> {
        let ratio = format!("{:.2}x", ratio(&self.door, &self.get));
        vec![self.name.to_owned(), self.size.to_string(), ns(&self.door), ratio]
    }
}
