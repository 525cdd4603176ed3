//! `docker-proxy`: accepts what address translation does not reach, and carries it to the container.

use std::cell::Cell;
use std::net::IpAddr;
use std::rc::Rc;

use indexmap::IndexMap;

use crate::engine::Span;
use crate::kernel::Errno;
use crate::process::Proc;
use crate::process::socket::{Listener, Tcp, Udp};
use crate::wire::Ipv4Addr;

/// How long a conversation over UDP is remembered.
const UDP_IDLE: Span = Span::secs(90);

/// The program.
pub async fn run(proc: Proc) -> i32 {
    let args = proc.args();
    let value = |flag: &str| {
        let at = args.iter().position(|arg| arg == flag)?;
        args.get(at + 1).cloned()
    };
    let number = |flag: &str| value(flag).and_then(|text| text.parse::<u16>().ok());
    let address = |flag: &str| value(flag).and_then(|text| text.parse::<IpAddr>().ok());
    let (Some(host_ip), Some(host_port), Some(IpAddr::V4(inner_ip)), Some(inner_port)) = (
        address("-host-ip"),
        number("-host-port"),
        address("-container-ip"),
        number("-container-port"),
    ) else {
        proc.eprint("docker-proxy: missing or invalid arguments\n");
        return 1;
    };
    let inner = (inner_ip, inner_port);
    let is_udp = value("-proto").as_deref() == Some("udp");
    match (host_ip, is_udp) {
        (IpAddr::V4(ip), is_udp) => {
            let own = Some(ip).filter(|ip| !ip.is_unspecified());
            if is_udp {
                udp(&proc, Udp::bind(&proc, own, host_port), inner).await
            } else {
                tcp(&proc, Listener::bind(&proc, own, host_port), inner).await
            }
        }
        (IpAddr::V6(_), true) => {
            udp(&proc, Udp::bind_ipv6(&proc, proc.ns(), host_port), inner).await
        }
        (IpAddr::V6(_), false) => {
            tcp(&proc, Listener::bind_ipv6(&proc, proc.ns(), host_port), inner).await
        }
    }
}

async fn tcp(proc: &Proc, bound: Result<Listener, Errno>, inner: (Ipv4Addr, u16)) -> i32 {
    let Ok(listener) = bound else { return 1 };
    while let Ok(outside) = listener.accept().await {
        let carrier = proc.clone();
        proc.thread(async move {
            // Without the container the connection is closed, as the real one does.
            let Ok(inside) = Tcp::connect(&carrier, inner).await else { return };
            let back = (inside.clone(), outside.clone());
            carrier.thread(async move { carry(&back.0, &back.1).await });
            carry(&outside, &inside).await;
        });
    }
    1
}

/// Carries bytes one way until their end.
async fn carry(from: &Tcp, to: &Tcp) {
    while let Ok(bytes) = from.recv().await {
        if bytes.is_empty() || to.send(&bytes).await.is_err() {
            break;
        }
    }
    to.shutdown();
}

async fn udp(proc: &Proc, bound: Result<Udp, Errno>, inner: (Ipv4Addr, u16)) -> i32 {
    let Ok(outside) = bound else { return 1 };
    let mut talks: IndexMap<(Ipv4Addr, u16), Rc<Talk>> = IndexMap::new();
    while let Ok(datagram) = outside.recv().await {
        talks.retain(|_, talk| !talk.is_over.get());
        let talk = match talks.get(&datagram.from) {
            Some(talk) => talk.clone(),
            None => {
                let Ok(socket) = Udp::bind(proc, None, 0) else { continue };
                let talk = Rc::new(Talk { socket, is_over: Cell::new(false) });
                talks.insert(datagram.from, talk.clone());
                answer(proc, talk.clone(), outside.clone(), datagram.from);
                talk
            }
        };
        // A container that is not there loses datagrams, as always with UDP.
        let _ = talk.socket.send(Some(inner), &datagram.data);
    }
    1
}

/// A conversation with one client.
struct Talk {
    socket: Udp,
    is_over: Cell<bool>,
}

/// Carries answers back until there is silence.
fn answer(proc: &Proc, talk: Rc<Talk>, outside: Udp, client: (Ipv4Addr, u16)) {
    let carrier = proc.clone();
    proc.thread(async move {
        while let Some(Ok(datagram)) = carrier.timeout(UDP_IDLE, talk.socket.recv()).await {
            // The client may have gone.
            let _ = outside.send(Some(client), &datagram.data);
        }
        talk.is_over.set(true);
    });
}
