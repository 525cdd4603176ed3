//! Error numbers of system calls, with the texts of the C library.

use std::fmt;

macro_rules! errnos {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal;)*) => {
        /// An error of a system call (`errno(3)`). `Display` prints what `strerror` would.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs)]
        pub enum Errno { $($(#[$doc])* $name,)* }

        impl Errno {
            /// The number on Linux.
            pub fn number(self) -> i32 {
                match self { $(Errno::$name => $number,)* }
            }

            /// The text of glibc's `strerror`.
            pub fn text(self) -> &'static str {
                match self { $(Errno::$name => $text,)* }
            }
        }
    };
}

errnos! {
    EPERM = 1, "Operation not permitted";
    ENOENT = 2, "No such file or directory";
    ESRCH = 3, "No such process";
    EINTR = 4, "Interrupted system call";
    EBADF = 9, "Bad file descriptor";
    EAGAIN = 11, "Resource temporarily unavailable";
    ENOMEM = 12, "Cannot allocate memory";
    EACCES = 13, "Permission denied";
    EBUSY = 16, "Device or resource busy";
    EEXIST = 17, "File exists";
    EXDEV = 18, "Invalid cross-device link";
    ENXIO = 6, "No such device or address";
    ECHILD = 10, "No child processes";
    ENODEV = 19, "No such device";
    ENOTDIR = 20, "Not a directory";
    EISDIR = 21, "Is a directory";
    EINVAL = 22, "Invalid argument";
    ENOSPC = 28, "No space left on device";
    EROFS = 30, "Read-only file system";
    EPIPE = 32, "Broken pipe";
    ERANGE = 34, "Numerical result out of range";
    ENOTEMPTY = 39, "Directory not empty";
    ELOOP = 40, "Too many levels of symbolic links";
    EMSGSIZE = 90, "Message too long";
    EPROTONOSUPPORT = 93, "Protocol not supported";
    EOPNOTSUPP = 95, "Operation not supported";
    EADDRINUSE = 98, "Address already in use";
    EADDRNOTAVAIL = 99, "Cannot assign requested address";
    ENETDOWN = 100, "Network is down";
    ENETUNREACH = 101, "Network is unreachable";
    ECONNRESET = 104, "Connection reset by peer";
    ENOBUFS = 105, "No buffer space available";
    EISCONN = 106, "Transport endpoint is already connected";
    ENOTCONN = 107, "Transport endpoint is not connected";
    ETIMEDOUT = 110, "Connection timed out";
    ECONNREFUSED = 111, "Connection refused";
    EHOSTDOWN = 112, "Host is down";
    EHOSTUNREACH = 113, "No route to host";
    EALREADY = 114, "Operation already in progress";
    EINPROGRESS = 115, "Operation now in progress";
    ENOPROTOOPT = 92, "Protocol not available";
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl std::error::Error for Errno {}

/// A netlink answer: an error number, or the sentence that newer kernels send with it (the extended
/// acknowledgement, which `ip` prints as `Error: …`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetlinkError {
    /// Only a number: `RTNETLINK answers: File exists`.
    Errno(Errno),
    /// A number with a sentence: `Error: ipv4: Address already assigned.`
    Explained(Errno, String),
}

impl NetlinkError {
    /// An error with a sentence (without the final full stop, which `ip` adds).
    pub fn explained(errno: Errno, sentence: impl Into<String>) -> NetlinkError {
        NetlinkError::Explained(errno, sentence.into())
    }

    /// The number.
    pub fn errno(&self) -> Errno {
        match self {
            NetlinkError::Errno(errno) | NetlinkError::Explained(errno, _) => *errno,
        }
    }
}

impl From<Errno> for NetlinkError {
    fn from(errno: Errno) -> Self {
        NetlinkError::Errno(errno)
    }
}

impl fmt::Display for NetlinkError {
    /// As iproute2's `rtnl_talk` prints it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NetlinkError::Errno(errno) => write!(f, "RTNETLINK answers: {errno}"),
            NetlinkError::Explained(_, sentence) => {
                let stop = if sentence.ends_with('.') { "" } else { "." };
                write!(f, "Error: {sentence}{stop}")
            }
        }
    }
}

impl std::error::Error for NetlinkError {}
