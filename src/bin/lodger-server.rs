//! lodger-server: a database served over sockets, started as `redis-server` is. Flags become configuration text; everything
//! else is the library's.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a program: it speaks to the terminal, and reads the files it is told of"
)]

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

use lodger::{Db, Level, Options, Server, config_lines};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

const HELP: &str = "\
usage: lodger-server [FILE | -] [--DIRECTIVE VALUE ...]...
       lodger-server --version
       lodger-server --help

FILE is a redis.conf; - reads one from standard input. Directives after it count more. Examples:
       lodger-server
       lodger-server /etc/redis/redis.conf
       lodger-server --port 7777 --unixsocket /tmp/lodger.sock
       lodger-server /etc/redis.conf --loglevel verbose -
";

/// Save points of a server whose configuration says nothing of them.
const SAVE_POINTS: &str = "save 3600 1 300 100 60 10000";

/// Set for the process that stays when `daemonize` is on.
const DAEMON: &str = "LODGER_SERVER_DAEMON";

/// What the program itself needs of the configuration; the rest is the library's.
struct Setup {
    text: String,
    dir: PathBuf,
    dbfilename: String,
    appendonly: bool,
    daemonize: bool,
    pidfile: Option<PathBuf>,
    logfile: Option<PathBuf>,
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["-v" | "--version"] => {
            println!("lodger-server v={} bits={}", env!("CARGO_PKG_VERSION"), usize::BITS);
            return ExitCode::SUCCESS;
        }
        ["-h" | "--help"] => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {}
    }
    let outcome = text_of(&args).and_then(|text| setup(&text)).and_then(|setup| {
        if setup.daemonize && std::env::var_os(DAEMON).is_none() {
            leave_behind(&args)
        } else {
            serve(&setup)
        }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("lodger-server: {why}");
            ExitCode::FAILURE
        }
    }
}

/// A word of configuration text, quoted.
fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// Configuration text from the program's arguments: a file, standard input, and directives, which count more.
fn text_of(args: &[String]) -> Result<String, String> {
    let mut args = args;
    let mut text = String::new();
    if let Some((first, rest)) = args.split_first()
        && !first.starts_with("--")
        && first != "-"
    {
        text = fs::read_to_string(first)
            .map_err(|e| format!("cannot read the configuration file '{first}': {e}"))?;
        args = rest;
    }
    if let Some(at) = args.iter().position(|arg| arg == "-") {
        io::stdin().read_to_string(&mut text).map_err(|e| format!("cannot read standard input: {e}"))?;
        args = if at == 0 { &args[1..] } else { &args[..at] };
    }
    let mut line: Option<String> = None;
    for arg in args {
        match (arg.strip_prefix("--"), &mut line) {
            (Some(name), _) if !name.is_empty() => {
                text.push('\n');
                text.extend(line.take());
                line = Some(name.to_owned());
            }
            (_, Some(line)) => {
                line.push(' ');
                // One argument may hold several words, as in --save "60 1".
                line.push_str(&if arg.contains(' ') && !arg.contains('"') {
                    arg.clone()
                } else {
                    quoted(arg)
                });
            }
            (_, None) => {
                return Err(format!("'{arg}' is neither a file nor a directive; directives begin with --"));
            }
        }
    }
    text.push('\n');
    text.extend(line);
    Ok(text)
}

/// Takes out of the text what the program itself does.
fn setup(text: &str) -> Result<Setup, String> {
    let mut setup = Setup {
        text: String::new(),
        dir: PathBuf::from("."),
        dbfilename: "dump.rdb".to_owned(),
        appendonly: false,
        daemonize: false,
        pidfile: None,
        logfile: None,
    };
    let mut saves = false;
    take(&mut setup, &mut saves, text, 0)?;
    if !saves {
        setup.text.push_str(SAVE_POINTS);
        setup.text.push('\n');
    }
    if !setup.appendonly && !setup.dbfilename.to_ascii_lowercase().ends_with(".rdb") {
        return Err(format!("dbfilename '{}' must end in .rdb", setup.dbfilename));
    }
    Ok(setup)
}

fn take(setup: &mut Setup, saves: &mut bool, text: &str, depth: usize) -> Result<(), String> {
    for (number, words) in config_lines(text).map_err(|e| e.to_string())? {
        let Some((name, values)) = words.split_first() else { continue };
        let lower = name.to_ascii_lowercase();
        let value = || match values {
            [value] => Ok(value.clone()),
            _ => Err(format!("line {number}: '{name}' takes one value")),
        };
        let on = || match value()?.to_ascii_lowercase().as_str() {
            "yes" => Ok(true),
            "no" => Ok(false),
            other => Err(format!("line {number}: '{name} {other}': argument must be 'yes' or 'no'")),
        };
        let path = || value().map(|path| (!path.is_empty()).then(|| PathBuf::from(path)));
        match lower.as_str() {
            "include" if depth > 16 => return Err("files that include each other, 16 deep".to_owned()),
            "include" => {
                let file = value()?;
                let text = fs::read_to_string(&file)
                    .map_err(|e| format!("line {number}: cannot include '{file}': {e}"))?;
                take(setup, saves, &text, depth + 1)?;
            }
            "dir" => setup.dir = PathBuf::from(value()?),
            "appendonly" => setup.appendonly = on()?,
            "daemonize" => setup.daemonize = on()?,
            "pidfile" => setup.pidfile = path()?,
            "logfile" => setup.logfile = path()?,
            "cluster-enabled" if !on()? => {}
            _ => {
                *saves |= lower == "save";
                if lower == "dbfilename" {
                    setup.dbfilename = value()?;
                }
                setup.text.push_str(name);
                for value in values {
                    setup.text.push(' ');
                    setup.text.push_str(&quoted(value));
                }
                setup.text.push('\n');
            }
        }
    }
    Ok(())
}

/// Starts the process that stays, and returns when it serves.
fn leave_behind(args: &[String]) -> Result<(), String> {
    use std::os::unix::process::CommandExt as _;
    let program = std::env::current_exe().map_err(|e| format!("cannot find this program: {e}"))?;
    let mut command = Command::new(program);
    command.args(args).env(DAEMON, "1").process_group(0);
    let stdin = if args.iter().any(|arg| arg == "-") { Stdio::inherit() } else { Stdio::null() };
    let child = command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.map_err(|e| format!("cannot start a process: {e}"))?;
    let mut ready = String::new();
    if let Some(out) = child.stdout.take() {
        let _ = io::BufReader::new(out).read_line(&mut ready);
    }
    if ready.trim() == "ready" {
        return Ok(());
    }
    let output = child.wait_with_output().map_err(|e| e.to_string())?;
    let why = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(why.trim().strip_prefix("lodger-server: ").unwrap_or(&why).to_owned())
}

/// Where log lines go, in the form of redis-server's, which start-up scripts read.
struct Log {
    file: Option<Mutex<File>>,
    silent: bool,
}

impl Log {
    fn line(&self, level: Level, text: &str) {
        let mark = match level {
            Level::Debug => '.',
            Level::Verbose => '-',
            Level::Notice => '*',
            Level::Warning => '#',
        };
        let line = format!("{}:M {} {mark} {text}\n", std::process::id(), now());
        match &self.file {
            Some(file) => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                let _ = file.write_all(line.as_bytes());
            }
            None if self.silent => {}
            None => {
                let mut out = io::stdout().lock();
                let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
            }
        }
    }
}

/// `27 Nov 2026 08:07:40.123`, in UTC. Days to dates as in H. Hinnant's "chrono-Compatible Low-Level Date Algorithms".
fn now() -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, seconds) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let z = days + 719_468;
    let (era, of_era) = (z / 146_097, z % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year + year / 4 - year / 100);
    let mp = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    let name = usize::try_from(month).ok().and_then(|month| MONTHS.get(month - 1)).unwrap_or(&"");
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{day:02} {name} {year} {hour:02}:{minute:02}:{second:02}.{:03}", since.subsec_millis())
}

/// The value of a directive.
fn directive(db: &Db, name: &str) -> Result<String, String> {
    let mut client = db.client().map_err(|e| e.to_string())?;
    let reply = client.command(&["CONFIG", "GET", name]).map_err(|e| e.to_string())?;
    Ok(reply.at(1).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default())
}

/// Files for as many clients as may come, or as many clients as the system lets us have files for: what is saved needs some,
/// too.
fn allow_files(db: &Db, log: &Log) -> Result<(), String> {
    let number = |name: &str| Ok::<u64, String>(directive(db, name)?.parse().unwrap_or(1));
    let (clients, threads) = (number("maxclients")?, number("io-threads")?);
    let own = threads.saturating_mul(2).saturating_add(32);
    let wanted = clients.saturating_add(own);
    let Ok(files) = rlimit::increase_nofile_limit(wanted) else { return Ok(()) };
    if files < wanted {
        let most = files.saturating_sub(own).max(1);
        let text =
            format!("the system allows this process {files} open files: maxclients is {most}, not {clients}");
        log.line(Level::Warning, &text);
        let mut client = db.client().map_err(|e| e.to_string())?;
        client.command(&["CONFIG", "SET", "maxclients", &most.to_string()]).map_err(|e| e.to_string())?;
    }
    Ok(())
}

/// Everywhere that the configuration says.
fn urls(db: &Db) -> Result<Vec<String>, String> {
    let (bind, port, path) = (directive(db, "bind")?, directive(db, "port")?, directive(db, "unixsocket")?);
    let mut urls = Vec::new();
    if port != "0" {
        let bind = if bind.is_empty() { "* -::*".to_owned() } else { bind };
        for host in bind.split_ascii_whitespace() {
            let (minus, host) = host.strip_prefix('-').map_or(("", host), |host| ("-", host));
            let host = if host == "::*" { "::" } else { host };
            let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
            urls.push(format!("{minus}tcp://{host}:{port}"));
        }
    }
    if !path.is_empty() {
        let path = std::path::absolute(&path).map_err(|e| format!("cannot resolve '{path}': {e}"))?;
        urls.push(format!("unix://{}", path.display()));
    }
    if urls.is_empty() {
        return Err("there is nothing to listen at: port is 0 and unixsocket is not set".to_owned());
    }
    Ok(urls)
}

fn remove(pidfile: Option<&Path>) {
    // It is gone already if somebody else removed it.
    let _ = pidfile.map(fs::remove_file);
}

fn serve(setup: &Setup) -> Result<(), String> {
    let daemon = std::env::var_os(DAEMON).is_some();
    let open = |path: &Path| {
        let file = OpenOptions::new().create(true).append(true).open(path);
        file.map(Mutex::new).map_err(|e| format!("cannot open the log file '{}': {e}", path.display()))
    };
    let file = setup.logfile.as_deref().map(open).transpose()?;
    let log = Arc::new(Log { file, silent: daemon });
    let (version, pid) = (env!("CARGO_PKG_VERSION"), std::process::id());
    log.line(Level::Notice, &format!("lodger-server starts: version {version}, PID: {pid}"));
    fs::create_dir_all(&setup.dir)
        .map_err(|e| format!("cannot create dir '{}': {e}", setup.dir.display()))?;
    let location = if setup.appendonly { setup.dir.clone() } else { setup.dir.join(&setup.dbfilename) };
    let lines = Arc::clone(&log);
    let options = Options::new().config(setup.text.clone()).log(move |level, text| lines.line(level, text));
    let db = options.open(&location).map_err(|e| e.to_string())?;
    allow_files(&db, &log)?;
    if let Some(path) = &setup.pidfile {
        fs::write(path, format!("{pid}\n"))
            .map_err(|e| format!("cannot write pidfile '{}': {e}", path.display()))?;
    }
    let urls = urls(&db)?;
    // What was asked of it until now was asked by nobody else.
    db.reset_stats();
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let server = db.listen_at(&urls).map_err(|e| {
        remove(setup.pidfile.as_deref());
        e.to_string()
    })?;
    if daemon {
        println!("ready");
        let _ = io::stdout().flush();
    }
    let server = Arc::new(server);
    let (signals, thread) = await_signals(&server, &log)?;
    server.wait();
    signals.close();
    // It may hold the server still, whose end must not come after that of the process.
    let _ = thread.join();
    drop(server);
    let closed = db.close_as_shut_down();
    remove(setup.pidfile.as_deref());
    closed.map_err(|e| e.to_string())?;
    log.line(Level::Warning, "lodger-server is now ready to exit, bye bye...");
    Ok(())
}

/// SIGTERM and SIGINT end the server as SHUTDOWN does; a second SIGINT ends the process.
fn await_signals(
    server: &Arc<Server>,
    log: &Arc<Log>,
) -> Result<(signal_hook::iterator::Handle, JoinHandle<()>), String> {
    let mut signals = Signals::new([SIGTERM, SIGINT]).map_err(|e| format!("cannot wait for signals: {e}"))?;
    let handle = signals.handle();
    let (server, log, asked) = (Arc::downgrade(server), Arc::clone(log), AtomicBool::new(false));
    let wait = move || {
        for signal in signals.forever() {
            let name = if signal == SIGINT { "SIGINT" } else { "SIGTERM" };
            log.line(Level::Warning, &format!("Received {name} scheduling shutdown..."));
            if asked.swap(true, Ordering::Relaxed) && signal == SIGINT {
                log.line(Level::Warning, "You insist... exiting now.");
                std::process::exit(1);
            }
            let Some(server) = server.upgrade() else { return };
            if let Err(error) = server.shut_down() {
                log.line(Level::Warning, &format!("cannot shut down: {error}"));
            }
        }
    };
    let thread = std::thread::Builder::new().name("signals".to_owned()).spawn(wait);
    Ok((handle, thread.map_err(|e| e.to_string())?))
}
