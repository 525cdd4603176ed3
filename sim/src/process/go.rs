//! How programs that are written in Go tell of what failed below them.

use crate::kernel::Errno;
use crate::wire::Ipv4Addr;

/// An error of a system call in the words of Go's `net` package.
pub fn words(errno: Errno) -> String {
    match errno {
        Errno::ETIMEDOUT => "connect: connection timed out".to_owned(),
        errno => format!("connect: {}", errno.text().to_lowercase()),
    }
}

/// A TCP connection that did not come about.
pub fn dial_error((address, port): (Ipv4Addr, u16), errno: Errno) -> String {
    format!("dial tcp {address}:{port}: {}", words(errno))
}
