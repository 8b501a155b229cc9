//! What a command answers instead of a result. The texts are Redis's, byte for byte.

/// How much of a subcommand is quoted.
const QUOTE_BYTES: usize = 128;

/// An error reply. Text is made at the edge by [`CmdError::text`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CmdError {
    /// The arguments do not follow the command's grammar.
    Syntax,
    /// An argument, or the stored value, is no integer of 64 bits.
    NotInteger,
    /// An argument, or the stored value, is no number.
    NotFloat,
    /// The key holds a value of another type than the command is for.
    WrongType,
    /// The named source key is absent.
    NoSuchKey,
    /// Too few or too many arguments for the command (or `command|subcommand`).
    Arity(String),
    /// The expire time is zero, negative or overflows, in the named command.
    InvalidExpire(&'static str),
    /// A fixed text, with its code.
    Text(&'static str),
    /// The system has no memory for the value.
    NoMemory,
    /// A text that quotes the caller's bytes, with its code.
    Bytes(Vec<u8>),
    /// The call was woken by an interrupt of its client.
    Interrupted,
    /// There is no data yet: the call waits.
    Waits,
}

impl CmdError {
    /// Words behind a subcommand, here as the caller wrote it, that it does not know.
    pub(crate) fn subcommand(container: &str, subcommand: &[u8]) -> Self {
        let name = quotable(subcommand);
        let name = &name[..name.len().min(QUOTE_BYTES)];
        let head = b"ERR unknown subcommand or wrong number of arguments for '";
        Self::Bytes([head.as_slice(), name, b"'. Try ", container.as_bytes(), b" HELP."].concat())
    }

    /// The whole error line, code first.
    pub(crate) fn text(&self) -> Vec<u8> {
        let fixed = match self {
            Self::Syntax => "ERR syntax error",
            Self::NotInteger => "ERR value is not an integer or out of range",
            Self::NotFloat => "ERR value is not a valid float",
            Self::WrongType => "WRONGTYPE Operation against a key holding the wrong kind of value",
            Self::NoSuchKey => "ERR no such key",
            Self::Waits => "ERR waiting for data",
            Self::Interrupted => "ERR interrupted",
            Self::NoMemory => "ERR insufficient memory",
            Self::Text(text) => text,
            Self::Arity(name) => {
                return format!("ERR wrong number of arguments for '{name}' command").into_bytes();
            }
            Self::InvalidExpire(name) => {
                return format!("ERR invalid expire time in '{name}' command").into_bytes();
            }
            Self::Bytes(bytes) => {
                // Line ends inside become spaces in the sinks; those at the end go.
                let end = bytes.iter().rposition(|b| !matches!(b, b'\r' | b'\n')).map_or(0, |last| last + 1);
                return bytes[..end].to_vec();
            }
        };
        fixed.as_bytes().to_vec()
    }
}

/// What an error line shows of a caller's word: as Redis prints it, up to the first NUL.
pub(crate) fn quotable(word: &[u8]) -> &[u8] {
    memchr::memchr(0, word).map_or(word, |end| &word[..end])
}
