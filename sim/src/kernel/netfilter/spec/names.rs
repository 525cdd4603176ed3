//! Names of ports, as `/etc/services` has them. Names of protocols are in [`crate::wire::ipv4`].

use crate::wire::ipv4::protocol;

/// By which protocols a service is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Tcp,
    Udp,
    Both,
}

use By::{Both, Tcp, Udp};

const SERVICES: &[(u16, By, &str)] = &[
    (1, Tcp, "tcpmux"),
    (7, Both, "echo"),
    (9, Both, "discard"),
    (11, Tcp, "systat"),
    (13, Both, "daytime"),
    (15, Tcp, "netstat"),
    (17, Tcp, "qotd"),
    (19, Both, "chargen"),
    (20, Tcp, "ftp-data"),
    (21, Tcp, "ftp"),
    (21, Udp, "fsp"),
    (22, Tcp, "ssh"),
    (23, Tcp, "telnet"),
    (25, Tcp, "smtp"),
    (37, Both, "time"),
    (43, Tcp, "whois"),
    (49, Both, "tacacs"),
    (53, Both, "domain"),
    (67, Udp, "bootps"),
    (68, Udp, "bootpc"),
    (69, Udp, "tftp"),
    (70, Tcp, "gopher"),
    (79, Tcp, "finger"),
    (80, Tcp, "http"),
    (88, Both, "kerberos"),
    (110, Tcp, "pop3"),
    (111, Both, "sunrpc"),
    (113, Tcp, "auth"),
    (119, Tcp, "nntp"),
    (123, Udp, "ntp"),
    (135, Tcp, "epmap"),
    (137, Udp, "netbios-ns"),
    (138, Udp, "netbios-dgm"),
    (139, Tcp, "netbios-ssn"),
    (143, Tcp, "imap2"),
    (161, Both, "snmp"),
    (162, Both, "snmp-trap"),
    (177, Udp, "xdmcp"),
    (179, Tcp, "bgp"),
    (319, Udp, "ptp-event"),
    (320, Udp, "ptp-general"),
    (389, Both, "ldap"),
    (427, Both, "svrloc"),
    (443, Both, "https"),
    (445, Tcp, "microsoft-ds"),
    (464, Both, "kpasswd"),
    (465, Tcp, "submissions"),
    (500, Udp, "isakmp"),
    (512, Tcp, "exec"),
    (512, Udp, "biff"),
    (513, Tcp, "login"),
    (513, Udp, "who"),
    (514, Tcp, "shell"),
    (514, Udp, "syslog"),
    (515, Tcp, "printer"),
    (517, Udp, "talk"),
    (518, Udp, "ntalk"),
    (520, Udp, "route"),
    (540, Tcp, "uucp"),
    (546, Udp, "dhcpv6-client"),
    (547, Udp, "dhcpv6-server"),
    (548, Tcp, "afpovertcp"),
    (554, Both, "rtsp"),
    (563, Tcp, "nntps"),
    (587, Tcp, "submission"),
    (623, Udp, "asf-rmcp"),
    (631, Tcp, "ipp"),
    (636, Both, "ldaps"),
    (646, Both, "ldp"),
    (749, Tcp, "kerberos-adm"),
    (853, Both, "domain-s"),
    (873, Tcp, "rsync"),
    (989, Tcp, "ftps-data"),
    (990, Tcp, "ftps"),
    (992, Tcp, "telnets"),
    (993, Tcp, "imaps"),
    (995, Tcp, "pop3s"),
    (1080, Tcp, "socks"),
    (1099, Tcp, "rmiregistry"),
    (1194, Both, "openvpn"),
    (1433, Tcp, "ms-sql-s"),
    (1434, Udp, "ms-sql-m"),
    (1701, Udp, "l2f"),
    (1812, Both, "radius"),
    (1813, Both, "radius-acct"),
    (2000, Tcp, "cisco-sccp"),
    (2049, Both, "nfs"),
    (2086, Both, "gnunet"),
    (3130, Udp, "icpv2"),
    (3260, Tcp, "iscsi-target"),
    (3306, Tcp, "mysql"),
    (3389, Tcp, "ms-wbt-server"),
    (3493, Both, "nut"),
    (3632, Tcp, "distcc"),
    (3690, Tcp, "svn"),
    (4190, Tcp, "sieve"),
    (4369, Tcp, "epmd"),
    (4500, Udp, "ipsec-nat-t"),
    (4569, Udp, "iax"),
    (4949, Tcp, "munin"),
    (5060, Both, "sip"),
    (5061, Both, "sip-tls"),
    (5222, Tcp, "xmpp-client"),
    (5269, Tcp, "xmpp-server"),
    (5353, Udp, "mdns"),
    (5432, Tcp, "postgresql"),
    (5555, Udp, "rplay"),
    (5556, Tcp, "freeciv"),
    (5666, Tcp, "nrpe"),
    (5671, Tcp, "amqps"),
    (5672, Tcp, "amqp"),
    (6000, Tcp, "x11"),
    (6379, Tcp, "redis"),
    (6667, Tcp, "ircd"),
    (6696, Udp, "babel"),
    (7000, Tcp, "bbs"),
    (7000, Udp, "afs3-fileserver"),
    (7001, Udp, "afs3-callback"),
    (7002, Udp, "afs3-prserver"),
    (7003, Udp, "afs3-vlserver"),
    (8021, Tcp, "zope-ftp"),
    (8080, Tcp, "http-alt"),
    (8081, Tcp, "tproxy"),
    (8088, Tcp, "omniorb"),
    (9101, Tcp, "bacula-dir"),
    (9102, Tcp, "bacula-fd"),
    (9103, Tcp, "bacula-sd"),
    (9418, Tcp, "git"),
    (10000, Tcp, "webmin"),
    (10050, Tcp, "zabbix-agent"),
    (10051, Tcp, "zabbix-trapper"),
];

fn is_by(by: By, protocol: u8) -> bool {
    match protocol {
        protocol::TCP => by != Udp,
        protocol::UDP => by != Tcp,
        // Who names no protocol means the first that fits.
        0 => true,
        _ => false,
    }
}

/// The port of a service.
pub fn service_port(name: &str, protocol: u8) -> Option<u16> {
    SERVICES.iter().find(|(_, by, n)| *n == name && is_by(*by, protocol)).map(|(port, ..)| *port)
}

/// The service behind a port.
pub fn service_name(port: u16, protocol: u8) -> Option<&'static str> {
    SERVICES.iter().find(|(p, by, _)| *p == port && is_by(*by, protocol)).map(|(.., name)| *name)
}

/// The number of a protocol: `tcp`, `6`, `all`. Names may be written in capitals.
pub fn protocol_number(word: &str) -> Option<u8> {
    let name = word.to_ascii_lowercase();
    match name.as_str() {
        "all" | "ip" => Some(0),
        "icmpv6" => Some(58),
        _ => name.parse().ok().or_else(|| protocol::number(&name)),
    }
}

/// The name of a protocol, or its number if it has none.
pub fn protocol_name(number: u8) -> String {
    match number {
        0 => "all".to_owned(),
        _ => protocol::name(number).map_or_else(|| number.to_string(), str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_depend_on_the_protocol() {
        assert_eq!(service_name(514, protocol::TCP), Some("shell"));
        assert_eq!(service_name(514, protocol::UDP), Some("syslog"));
        assert_eq!(service_port("domain", protocol::UDP), Some(53));
        assert_eq!(service_port("http", protocol::UDP), None);
    }

    #[test]
    fn protocols_have_names_and_numbers() {
        assert_eq!(protocol_number("TCP"), Some(6));
        assert_eq!(protocol_number("256"), None);
        assert_eq!(protocol_number("vrrp"), Some(112));
        assert_eq!(protocol_name(123), "123");
    }
}
