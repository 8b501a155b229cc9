//! Requests: RESP arrays of bulk strings and inline commands.
