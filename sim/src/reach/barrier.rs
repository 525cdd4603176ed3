//! What stands in the way: read from the journeys of what was sent, never guessed from the setup.

use super::Spot;
use super::probe::Sent;
use crate::engine::Span;
use crate::kernel::ip::route::FlowQuery;
use crate::kernel::step::{Delivery, RuleOutcome, Verdict};
use crate::kernel::sys::route::RouteQuery;
use crate::kernel::{Cause, DropReason, Errno, Step};
use crate::trace::journey::{Journey, Stop, caused_by};
use crate::trace::telling::Names;
use crate::wire::{Ipv4Addr, PacketId};
use crate::world::World;

/// Why somebody does not reach somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Barrier {
    /// What it is.
    pub obstacle: Obstacle,
    /// Whether the question or the answer was lost.
    pub way: Way,
    /// The machine, container or namespace in which it stands: `test1 on docker-1`.
    pub place: String,
    /// The device at which it stands, if it is at one.
    pub device: Option<String>,
    /// The rule that decided, as `iptables -S` prints it with its table, or the policy of a chain.
    pub rule: Option<String>,
}

/// What stands in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// The other has no address.
    NoAddress,
    /// The name leads to no address.
    NoName,
    /// The other has the next hop's address, but no frame gets from here to there.
    Segment,
    /// A packet was dropped.
    Dropped(DropReason),
    /// The packets came to somebody else who has the same address.
    Stranger,
    /// Everything arrived as far as can be seen, and no answer came in time.
    Silence,
}

/// Which packet was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The question.
    There,
    /// The answer.
    Back,
}

impl Way {
    /// `there` or `back`.
    pub fn code(self) -> &'static str {
        match self {
            Way::There => "there",
            Way::Back => "back",
        }
    }
}

/// The kinds of barriers: a coarser view than [`DropReason`], for tables and tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The other has no address.
    NoAddress,
    /// The name leads to no address.
    NoName,
    /// No route leads there, or one that refuses.
    NoRoute,
    /// A machine on the way does not forward.
    NoForwarding,
    /// Nobody has the address of the next hop.
    NoNeighbor,
    /// A rule or a policy of iptables.
    Filtered,
    /// A tunnel of another VXLAN network, or none to there.
    OtherVni,
    /// Frames do not get from here to there: macvlan, VLANs, isolated ports, different wires.
    L2Barrier,
    /// Somebody else has the same address.
    Stranger,
    /// A device or a cable is down.
    LinkDown,
    /// It arrived, and nobody listens on the port.
    NoListener,
    /// Lost on the way by chance or by load.
    Lost,
    /// No answer, and no reason to be seen.
    NoAnswer,
    /// Another reason: see the code of the drop.
    Other,
}

impl Kind {
    /// The code, stable over versions.
    pub fn code(self) -> &'static str {
        match self {
            Kind::NoAddress => "no-address",
            Kind::NoName => "no-name",
            Kind::NoRoute => "no-route",
            Kind::NoForwarding => "no-forwarding",
            Kind::NoNeighbor => "no-neighbor",
            Kind::Filtered => "filtered",
            Kind::OtherVni => "other-vni",
            Kind::L2Barrier => "l2-barrier",
            Kind::Stranger => "stranger",
            Kind::LinkDown => "link-down",
            Kind::NoListener => "no-listener",
            Kind::Lost => "lost",
            Kind::NoAnswer => "no-answer",
            Kind::Other => "other",
        }
    }

    /// The kind to which a drop belongs.
    pub fn of(reason: DropReason) -> Kind {
        use DropReason as R;
        match reason {
            R::NoRoute | R::Blackhole | R::Unreachable | R::Prohibited => Kind::NoRoute,
            R::ForwardingOff => Kind::NoForwarding,
            R::NeighborFailed => Kind::NoNeighbor,
            R::HookDrop | R::DroppedByRule | R::DroppedByPolicy | R::Rejected => Kind::Filtered,
            R::VxlanUnknownVni | R::VxlanNoRemote | R::VxlanProxyMiss => Kind::OtherVni,
            R::MacvlanIsolated
            | R::MacvlanNoChild
            | R::Isolated
            | R::VlanFiltered
            | R::NoVlanDevice
            | R::PortBlocked
            | R::SamePort
            | R::NoEgressPort
            | R::FloodOff
            | R::OtherHost => Kind::L2Barrier,
            R::LinkDown | R::NoCarrier | R::DeviceGone => Kind::LinkDown,
            R::NoListener => Kind::NoListener,
            R::CableLoss | R::QueueFull | R::Netem | R::NeighborQueueFull => Kind::Lost,
            _ => Kind::Other,
        }
    }
}

impl Barrier {
    /// Something that stands at the sender before a packet was sent.
    pub(super) fn at(from: &Spot, obstacle: Obstacle) -> Barrier {
        let place = from.name.clone();
        Barrier { obstacle, way: Way::There, place, device: None, rule: None }
    }

    /// The kind.
    pub fn kind(&self) -> Kind {
        match &self.obstacle {
            Obstacle::NoAddress => Kind::NoAddress,
            Obstacle::NoName => Kind::NoName,
            Obstacle::Segment => Kind::L2Barrier,
            Obstacle::Stranger => Kind::Stranger,
            Obstacle::Dropped(reason) => Kind::of(*reason),
            Obstacle::Silence => Kind::NoAnswer,
        }
    }

    /// A short code, stable over versions: that of the kind, or of the drop where no kind fits.
    pub fn code(&self) -> &'static str {
        match (self.kind(), &self.obstacle) {
            (Kind::Other, Obstacle::Dropped(reason)) => reason.code(),
            (kind, _) => kind.code(),
        }
    }

    /// The drop, if a packet was dropped.
    pub fn drop(&self) -> Option<DropReason> {
        match self.obstacle {
            Obstacle::Dropped(reason) => Some(reason),
            _ => None,
        }
    }

    /// What happened, in a sentence without its place.
    pub fn sentence(&self) -> &'static str {
        match &self.obstacle {
            Obstacle::NoAddress => "the other has no address",
            Obstacle::NoName => "the name is not found",
            Obstacle::Segment => "the other has this address, but no frame gets from here to there",
            Obstacle::Stranger => "somebody else has the same address and got the packets",
            Obstacle::Dropped(reason) => reason.sentence(),
            Obstacle::Silence => "no answer came in time",
        }
    }
}

/// A packet waits three seconds for an ARP answer: so long its fate can be open.
const PATIENCE: Span = Span::secs(5);

/// Reads from the journeys why something did not arrive.
pub(super) fn found(world: &mut World, from: &Spot, to: &Spot, sent: &Sent) -> Barrier {
    wait_for_fate(world, sent);
    let refusal = refusal(world, from, sent.address);
    let reading = Reading { world, from, to };
    let journeys = caused_by(&world.trace, sent.first_record, sent.origin.0, sent.origin.1.0);
    let own = Cause::Process(sent.origin.1.0);
    let mut questions = journeys.iter().filter(|journey| journey.cause == own && is_ip(journey));
    // A program that asks again may be lucky or not; its first packet tells the story.
    let Some(question) = questions.next() else {
        return Barrier::at(from, refusal);
    };
    if let Some(stop) = fatal_stop(question) {
        return reading.barrier(&journeys, question, stop, Way::There);
    }
    let answers = journeys.iter().filter(|journey| is_caused_by(journey, question.packet));
    for answer in answers.filter(|journey| is_ip(journey)) {
        if let Some(stop) = fatal_stop(answer) {
            return reading.barrier(&journeys, answer, stop, Way::Back);
        }
    }
    Barrier { place: to.name.clone(), ..Barrier::at(from, Obstacle::Silence) }
}

/// Why a socket is refused before it can send anything.
fn refusal(world: &mut World, from: &Spot, address: Ipv4Addr) -> Obstacle {
    let flow = FlowQuery { dst: address, ..FlowQuery::default() };
    let query = RouteQuery { flow, input: None };
    let way = world.sys_in(from.host, from.ns, "reach", |sys| sys.route_get(&query));
    match way.map(|_| ()) {
        Err(Errno::EHOSTUNREACH) => Obstacle::Dropped(DropReason::Unreachable),
        Err(Errno::EACCES) => Obstacle::Dropped(DropReason::Prohibited),
        Err(Errno::EINVAL) => Obstacle::Dropped(DropReason::Blackhole),
        Err(_) => Obstacle::Dropped(DropReason::NoRoute),
        Ok(()) => Obstacle::Silence,
    }
}

/// Who got what was sent although somebody else has this address: who it was, or `None` if it came to whom
/// it was meant for. Addresses of machines may lead on, as published ports do.
pub(super) fn stranger(world: &World, to: &Spot, sent: &Sent) -> Option<Barrier> {
    if to.is_machine {
        return None;
    }
    let journeys = caused_by(&world.trace, sent.first_record, sent.origin.0, sent.origin.1.0);
    let own = Cause::Process(sent.origin.1.0);
    let questions = journeys.iter().filter(|journey| journey.cause == own && is_ip(journey));
    let ends = questions.flat_map(|journey| journey.stops.iter().filter(|stop| has_arrived(stop)));
    let ends: Vec<&Stop> = ends.collect();
    if ends.iter().any(|stop| (stop.host, stop.note.ns) == (to.host, to.ns)) {
        return None;
    }
    let stop = ends.first()?;
    let place = world.names().namespace(stop.host, stop.note.ns);
    let (obstacle, way) = (Obstacle::Stranger, Way::There);
    Some(Barrier { obstacle, way, place, device: None, rule: None })
}

/// Runs until each packet that was sent has arrived or is gone.
fn wait_for_fate(world: &mut World, sent: &Sent) {
    let end = world.now() + PATIENCE;
    while world.now() < end && has_open_fate(world, sent) {
        // The time is bounded by the loop.
        let _ = world.run_for(Span::millis(500));
    }
}

fn has_open_fate(world: &World, sent: &Sent) -> bool {
    let journeys = caused_by(&world.trace, sent.first_record, sent.origin.0, sent.origin.1.0);
    journeys.iter().filter(|journey| is_ip(journey)).any(|journey| {
        let is_end = |stop: &Stop| matches!(stop.note.step, Step::Dropped(_)) || has_arrived(stop);
        !journey.stops.iter().any(is_end)
    })
}

/// Whether a routing decision or a table came before the first device: ARP has none there.
fn is_ip(journey: &Journey) -> bool {
    let before = journey.stops.iter().take_while(|stop| stop.note.step != Step::Transmitted);
    before.into_iter().any(|stop| matches!(stop.note.step, Step::Route(_) | Step::Table { .. }))
}

fn is_caused_by(journey: &Journey, packet: PacketId) -> bool {
    journey.cause == Cause::Packet(packet)
}

/// Whether somebody for whom it was meant got it; a tunnel only carries.
fn has_arrived(stop: &Stop) -> bool {
    matches!(
        stop.note.step,
        Step::Delivered(Delivery::Socket(_) | Delivery::Endpoint | Delivery::IcmpError)
    )
}

/// Where a packet ended that did not arrive. Of a flooded one a copy may arrive while others are dropped.
fn fatal_stop<'a>(journey: &'a Journey) -> Option<&'a Stop> {
    if journey.stops.iter().any(has_arrived) {
        return None;
    }
    let drops = || journey.stops.iter().filter(|stop| reason_of(stop).is_some());
    let strangers = |stop: &&Stop| {
        !matches!(reason_of(stop), Some(DropReason::OtherHost | DropReason::SamePort))
    };
    drops().rfind(strangers).or_else(|| drops().next_back())
}

fn reason_of(stop: &Stop) -> Option<DropReason> {
    match stop.note.step {
        Step::Dropped(reason) => Some(reason),
        _ => None,
    }
}

/// Journeys, read for one pair.
struct Reading<'a> {
    world: &'a World,
    from: &'a Spot,
    to: &'a Spot,
}

impl Reading<'_> {
    fn barrier(&self, all: &[Journey], journey: &Journey, stop: &Stop, way: Way) -> Barrier {
        let mut stop = stop;
        let mut obstacle = reason_of(stop).map_or(Obstacle::Silence, Obstacle::Dropped);
        if obstacle == Obstacle::Dropped(DropReason::NeighborFailed) {
            let asked = all.iter().filter(|other| is_caused_by(other, journey.packet));
            let asked: Vec<&Journey> = asked.filter(|other| !is_ip(other)).collect();
            let lost = asked.iter().flat_map(|arp| &arp.stops).find(|stop| {
                let kind = reason_of(stop).map(Kind::of);
                matches!(kind, Some(Kind::L2Barrier | Kind::OtherVni | Kind::LinkDown))
            });
            if let Some(lost) = lost {
                obstacle = reason_of(lost).map_or(obstacle, Obstacle::Dropped);
                stop = lost;
            } else if self.is_at_the_end(journey, way) {
                obstacle = Obstacle::Segment;
            }
        }
        let names = self.world.names();
        let rule = match obstacle {
            Obstacle::Dropped(reason) if Kind::of(reason) == Kind::Filtered => {
                rule_before(journey, stop, &names)
            }
            _ => None,
        };
        Barrier {
            obstacle,
            way,
            place: names.namespace(stop.host, stop.note.ns),
            device: stop.note.link.map(|link| names.device(stop.host, link).to_owned()),
            rule,
        }
    }

    /// Whether the address that was sought at last belongs to who should get the packet.
    fn is_at_the_end(&self, journey: &Journey, way: Way) -> bool {
        let hop = journey.stops.iter().rev().find_map(|stop| match stop.note.step {
            Step::Neighbor { ip, .. } => Some(ip),
            _ => None,
        });
        let end = match way {
            Way::There => self.to,
            Way::Back => self.from,
        };
        let kernel = self.world.host(end.host).kernel();
        hop.is_some_and(|hop: Ipv4Addr| kernel.is_local_address(end.ns, hop))
    }
}

/// The rule that decided at a stop, or the policy.
fn rule_before(journey: &Journey, stop: &Stop, names: &dyn Names) -> Option<String> {
    let before = journey.stops.iter().filter(|other| other.seq <= stop.seq).rev();
    let mut here = before.filter(|other| other.host == stop.host);
    here.find_map(|other| match other.note.step {
        Step::Rule { rule, outcome: RuleOutcome::Matched, .. } => {
            let rule = names.rule(other.host, rule)?;
            let (table, chain) = (rule.table.name(), &rule.chain);
            Some(format!("-t {table} -A {chain} {}", rule.text))
        }
        Step::Table { table, hook, verdict: Verdict::PolicyDrop } => {
            Some(format!("-t {} -P {} DROP", table.name(), hook.name()))
        }
        _ => None,
    })
}
