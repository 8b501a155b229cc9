//! Local tool: serves Client::resp on a unix socket. args: socket location config
use std::io::{Read, Write};
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let _ = std::fs::remove_file(&a[1]);
    let l = std::os::unix::net::UnixListener::bind(&a[1]).unwrap();
    let db = lodger::Options::new().config(a.get(3).cloned().unwrap_or_default()).open(&a[2]).unwrap();
    for s in l.incoming() {
        let mut s = s.unwrap();
        let mut c = db.client().unwrap();
        std::thread::spawn(move || {
            let mut buf = Vec::new();
            let mut chunk = vec![0; 1 << 20];
            loop {
                let n = match s.read(&mut chunk) {
                    Ok(0) | Err(_) => return,
                    Ok(n) => n,
                };
                buf.extend_from_slice(&chunk[..n]);
                let out = match c.resp(&buf) {
                    Ok(x) => x.to_vec(),
                    Err(e) if e.to_string().contains("incomplete") => continue,
                    Err(e) => format!("-FAIL {e}\r\n").into_bytes(),
                };
                buf.clear();
                if s.write_all(&out).is_err() {
                    return;
                }
            }
        });
    }
}
