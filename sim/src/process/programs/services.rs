//! Names of ports: the part of Debian's `/etc/services` that people meet.

/// TCP or UDP, as `/etc/services` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Transport {
    /// `tcp` or `udp`.
    pub fn name(self) -> &'static str {
        match self {
            Transport::Tcp => "tcp",
            Transport::Udp => "udp",
        }
    }
}

/// Name, port, whether TCP has it, whether UDP has it.
const SERVICES: &[(&str, u16, bool, bool)] = &[
    ("tcpmux", 1, true, false),
    ("echo", 7, true, true),
    ("discard", 9, true, true),
    ("systat", 11, true, false),
    ("daytime", 13, true, true),
    ("netstat", 15, true, false),
    ("chargen", 19, true, true),
    ("ftp-data", 20, true, false),
    ("ftp", 21, true, false),
    ("ssh", 22, true, false),
    ("telnet", 23, true, false),
    ("smtp", 25, true, false),
    ("time", 37, true, true),
    ("whois", 43, true, false),
    ("domain", 53, true, true),
    ("bootps", 67, false, true),
    ("bootpc", 68, false, true),
    ("tftp", 69, false, true),
    ("gopher", 70, true, false),
    ("finger", 79, true, false),
    ("http", 80, true, false),
    ("kerberos", 88, true, true),
    ("pop3", 110, true, false),
    ("sunrpc", 111, true, true),
    ("nntp", 119, true, false),
    ("ntp", 123, false, true),
    ("netbios-ns", 137, false, true),
    ("netbios-dgm", 138, false, true),
    ("netbios-ssn", 139, true, false),
    ("imap2", 143, true, false),
    ("snmp", 161, true, true),
    ("snmp-trap", 162, true, true),
    ("bgp", 179, true, false),
    ("ldap", 389, true, true),
    ("https", 443, true, true),
    ("microsoft-ds", 445, true, false),
    ("submissions", 465, true, false),
    ("isakmp", 500, false, true),
    ("login", 513, true, false),
    ("shell", 514, true, false),
    ("syslog", 514, false, true),
    ("printer", 515, true, false),
    ("route", 520, false, true),
    ("submission", 587, true, false),
    ("ldaps", 636, true, true),
    ("domain-s", 853, true, true),
    ("rsync", 873, true, false),
    ("imaps", 993, true, false),
    ("pop3s", 995, true, false),
    ("socks", 1080, true, false),
    ("openvpn", 1194, true, true),
    ("nfs", 2049, true, true),
    ("git", 9418, true, false),
    ("svn", 3690, true, false),
    ("mysql", 3306, true, false),
    ("ms-wbt-server", 3389, true, false),
    ("sip", 5060, true, true),
    ("sip-tls", 5061, true, true),
    ("xmpp-client", 5222, true, false),
    ("mdns", 5353, false, true),
    ("postgresql", 5432, true, false),
    ("amqp", 5672, true, false),
    ("x11", 6000, true, false),
    ("redis", 6379, true, false),
    ("ircd", 6667, true, false),
    ("http-alt", 8080, true, false),
];

fn has(entry: &(&str, u16, bool, bool), transport: Transport) -> bool {
    match transport {
        Transport::Tcp => entry.2,
        Transport::Udp => entry.3,
    }
}

/// The name of a port.
pub fn name_of(port: u16, transport: Transport) -> Option<&'static str> {
    let found = SERVICES.iter().find(|entry| entry.1 == port && has(entry, transport));
    found.map(|entry| entry.0)
}

/// The port with this name.
pub fn port_of(name: &str, transport: Transport) -> Option<u16> {
    // `/etc/services` knows it as an alias.
    let name = if name == "www" { "http" } else { name };
    let found = SERVICES.iter().find(|entry| entry.0 == name && has(entry, transport));
    found.map(|entry| entry.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_belongs_to_a_transport() {
        assert_eq!(name_of(80, Transport::Tcp), Some("http"));
        assert_eq!(name_of(80, Transport::Udp), None);
        assert_eq!(name_of(514, Transport::Udp), Some("syslog"));
        assert_eq!(port_of("www", Transport::Tcp), Some(80));
        assert_eq!(port_of("domain", Transport::Udp), Some(53));
    }
}
