//! CLIENT KILL: by address, or by filters that all have to fit.

use std::sync::Arc;

use super::roster::is_of_type;
use crate::base::num;
use crate::cmd::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::effect::{CmdResult, Effect};
use crate::cmd::error::CmdError;
use crate::cmd::session::Card;
use crate::reply::sink::ReplySink;

/// Which clients are meant; `None` is any.
#[derive(Default)]
struct Filter<'a> {
    id: Option<u64>,
    addr: Option<&'a [u8]>,
    laddr: Option<&'a [u8]>,
    kind: Option<&'a [u8]>,
    max_age_s: Option<i64>,
    with_me: bool,
}

impl Filter<'_> {
    fn fits(&self, card: &Card, me: u64, now_ms: i64) -> bool {
        let peer = card.peer.as_ref();
        let addr = peer.map_or(&b""[..], |peer| peer.addr.as_bytes());
        let laddr = peer.map_or(&b""[..], |peer| peer.laddr.as_bytes());
        self.id.is_none_or(|id| card.id == id)
            && self.addr.is_none_or(|wanted| addr == wanted)
            && self.laddr.is_none_or(|wanted| laddr == wanted)
            && self.kind.is_none_or(|kind| is_of_type(card, kind) == Some(true))
            && self.max_age_s.is_none_or(|age| now_ms.saturating_sub(card.created_ms) / 1000 >= age)
            && (self.with_me || card.id != me)
    }
}

pub(super) fn kill(ctx: &mut Ctx<'_>, mut args: Args<'_>, out: &mut dyn ReplySink) -> CmdResult {
    let words = args.rest();
    let me = Arc::clone(&ctx.session.card);
    if let [addr] = words {
        // The old form: one client, also the one that asks.
        let of = |card: &&Arc<Card>| card.peer.as_ref().is_some_and(|peer| peer.addr.as_bytes() == *addr);
        let all = ctx.host.clients();
        let card = all.iter().find(of).ok_or(CmdError::Text("ERR No such client"))?;
        end(ctx, card, &me);
        out.status("OK");
        return Ok(Effect::None);
    }
    let filter = filter(ctx, words)?;
    let now = ctx.now();
    let chosen: Vec<Arc<Card>> =
        ctx.host.clients().into_iter().filter(|card| filter.fits(card, me.id, now)).collect();
    chosen.iter().for_each(|card| end(ctx, card, &me));
    out.int(i64::try_from(chosen.len()).unwrap_or(i64::MAX));
    Ok(Effect::None)
}

/// Ends a client; the one that asks is answered first.
fn end(ctx: &mut Ctx<'_>, card: &Arc<Card>, me: &Arc<Card>) {
    if Arc::ptr_eq(card, me) {
        ctx.session.leaving = true;
    } else {
        card.kill();
    }
}

fn filter<'a>(ctx: &Ctx<'_>, words: &[&'a [u8]]) -> Result<Filter<'a>, CmdError> {
    let mut filter = Filter::default();
    let (pairs, odd) = words.as_chunks::<2>();
    if !odd.is_empty() {
        return Err(CmdError::Syntax);
    }
    for &[name, value] in pairs {
        match name.to_ascii_lowercase().as_slice() {
            b"id" => {
                let id = num::parse_i64(value).and_then(|id| u64::try_from(id).ok()).filter(|id| *id > 0);
                filter.id = Some(id.ok_or(CmdError::Text("ERR client-id should be greater than 0"))?);
            }
            b"addr" => filter.addr = Some(value),
            b"laddr" => filter.laddr = Some(value),
            b"type" => {
                if is_of_type(&ctx.session.card, value).is_none() {
                    return Err(CmdError::Bytes([b"ERR Unknown client type '", value, b"'"].concat()));
                }
                filter.kind = Some(value);
            }
            // There is one user.
            b"user" if value == b"default" => {}
            b"user" => return Err(CmdError::Bytes([b"ERR No such user '", value, b"'"].concat())),
            b"maxage" => {
                let age = num::parse_i64(value).ok_or(CmdError::NotInteger)?;
                if age <= 0 {
                    return Err(CmdError::Text("ERR maxage should be greater than 0"));
                }
                filter.max_age_s = Some(age);
            }
            b"skipme" => match value.to_ascii_lowercase().as_slice() {
                b"yes" => filter.with_me = false,
                b"no" => filter.with_me = true,
                _ => return Err(CmdError::Syntax),
            },
            _ => return Err(CmdError::Syntax),
        }
    }
    Ok(filter)
}
