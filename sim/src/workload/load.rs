//! What the containers of the workloads run.

use std::cell::Cell;
use std::rc::Rc;

use crate::engine::{Span, Time};
use crate::kernel::Errno;
use crate::kernel::socket::raw::RawSend;
use crate::process::proc::{Either, select};
use crate::process::socket::{Listener, Raw, Tcp};
use crate::process::{LocalFuture, Proc};
use crate::wire::{Ipv4Addr, icmp, ipv4};

use super::{Container, Lab};

/// Data of a ping, in bytes.
const PING_DATA: usize = 56;
/// Time between two pings of a container.
const PACE: Span = Span::millis(10);
/// How long one waits for late answers.
const PATIENCE: Span = Span::secs(1);
const PORT: u16 = 5000;

impl Lab {
    /// Lets each container ping others: all, or this many of the known random sequence.
    pub(super) fn ping(&mut self, targets: Option<u32>) {
        let mut sequence = Sequence(12_345);
        let total = self.containers.len();
        for i in 0..total {
            let others: Vec<Ipv4Addr> = match targets {
                Some(count) => (0..count)
                    .map(|_| self.containers[sequence.other_than(i, total)].address)
                    .collect(),
                None => (1..total).map(|k| self.containers[(i + k) % total].address).collect(),
            };
            self.asked += others.len() as u64;
            let answered = self.answered.clone();
            let start = self.world.now() + Span::micros(i as u64);
            self.start(i, "pinger", move |proc| Box::pin(pinger(proc, start, others, answered)));
        }
    }

    /// Lets pairs of containers move bytes.
    pub(super) fn send(&mut self, flows: u32, bytes: u64) {
        let share = bytes / u64::from(flows);
        self.asked = share * u64::from(flows);
        for flow in 0..flows as usize {
            let to = self.containers[2 * flow + 1].address;
            let answered = self.answered.clone();
            self.start(2 * flow + 1, "sink", move |proc| Box::pin(sink(proc, answered)));
            self.start(2 * flow, "source", move |proc| Box::pin(source(proc, to, share)));
        }
    }

    fn start(&mut self, n: usize, name: &str, program: impl FnOnce(Proc) -> LocalFuture<i32>) {
        let Container { host, ns, .. } = self.containers[n];
        let pid = self.world.start_in(host, ns, &self.terminal, &[name], program);
        self.running.push((host, pid));
    }
}

/// The sequence by which all simulators choose the same targets.
struct Sequence(u32);

impl Sequence {
    fn other_than(&mut self, own: usize, total: usize) -> usize {
        loop {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let chosen = (self.0 >> 8) as usize % total;
            if chosen != own {
                return chosen;
            }
        }
    }
}

async fn pinger(proc: Proc, start: Time, others: Vec<Ipv4Addr>, answered: Rc<Cell<u64>>) -> i32 {
    let raw = Raw::open_ping(&proc);
    let ident = proc.pid().0 as u16;
    let mut waiting = Waiting { raw: &raw, ident, open: 0, answered };
    for (k, dst) in others.into_iter().enumerate() {
        let due = start + PACE * k as u64;
        waiting.until(&proc, due).await;
        proc.sleep_until(due).await;
        let payload = icmp::echo(icmp::kind::ECHO_REQUEST, ident, k as u16, &[0; PING_DATA]);
        if raw.send(RawSend { dst, payload, confirm: false }).is_err() {
            return 1;
        }
        waiting.open += 1;
    }
    waiting.until(&proc, proc.now() + PATIENCE).await;
    i32::from(waiting.open != 0)
}

/// Who waits for answers.
struct Waiting<'a> {
    raw: &'a Raw,
    ident: u16,
    /// Pings that are not answered yet.
    open: usize,
    answered: Rc<Cell<u64>>,
}

impl Waiting<'_> {
    /// Takes answers until then, or until no more are due.
    async fn until(&mut self, proc: &Proc, due: Time) {
        while self.open > 0 {
            match select(self.raw.recv(), proc.sleep_until(due)).await {
                Either::First(Ok(message)) if is_answer(&message.packet, self.ident) => {
                    self.open -= 1;
                    self.answered.set(self.answered.get() + 1);
                }
                // Somebody's request, of which raw sockets get a copy.
                Either::First(Ok(_)) => {}
                Either::First(Err(_)) | Either::Second(()) => break,
            }
        }
    }
}

fn is_answer(packet: &[u8], ident: u16) -> bool {
    let message = ipv4::payload(packet);
    message.first() == Some(&icmp::kind::ECHO_REPLY)
        && icmp::echo_fields(message).is_some_and(|(found, _)| found == ident)
}

async fn sink(proc: Proc, arrived: Rc<Cell<u64>>) -> i32 {
    let received: Result<(), Errno> = async {
        let stream = Listener::bind(&proc, None, PORT)?.accept().await?;
        loop {
            let data = stream.recv().await?;
            if data.is_empty() {
                return Ok(());
            }
            arrived.set(arrived.get() + data.len() as u64);
        }
    }
    .await;
    i32::from(received.is_err())
}

async fn source(proc: Proc, to: Ipv4Addr, bytes: u64) -> i32 {
    const CHUNK: usize = 65_536;
    let sent: Result<(), Errno> = async {
        let stream = Tcp::connect(&proc, (to, PORT)).await?;
        let (mut left, zeros) = (bytes, vec![0; CHUNK]);
        while left > 0 {
            let chunk = left.min(CHUNK as u64) as usize;
            stream.send(&zeros[..chunk]).await?;
            left -= chunk as u64;
        }
        stream.shutdown();
        Ok(())
    }
    .await;
    i32::from(sent.is_err())
}
