//! The layer at which a step happens: the rung of the ladder on which it is drawn.

use crate::kernel::Step;
use crate::kernel::step::{Delivery, Layer};

/// The layer of a step.
pub fn layer_of(step: &Step) -> Layer {
    match step {
        Step::Created { .. } | Step::MssClamped { .. } => Layer::L4,
        Step::Received | Step::Transmitted | Step::Queued => Layer::L1,
        Step::Bridge(_)
        | Step::Learned(_)
        | Step::Encapsulated { .. }
        | Step::Decapsulated { .. }
        | Step::Tagged(_)
        | Step::Untagged(_)
        | Step::Sibling(_)
        | Step::ProxyAnswered { .. }
        | Step::Neighbor { .. }
        | Step::Neighbor6 { .. } => Layer::L2,
        Step::Route(_)
        | Step::Route6(_)
        | Step::Ttl { .. }
        | Step::Fragmented { .. }
        | Step::Reassembled
        | Step::Reported(_)
        | Step::Reported6(_) => Layer::L3,
        Step::Table { .. } | Step::Rule { .. } | Step::Conntrack { .. } | Step::Nat { .. } => {
            Layer::Filter
        }
        Step::Delivered(delivery) => match delivery {
            Delivery::Neighbors | Delivery::NeighborDiscovery | Delivery::SpanningTree => Layer::L2,
            Delivery::Endpoint => Layer::L3,
            Delivery::Socket(_) | Delivery::IcmpError | Delivery::Tunnel(_) => Layer::L4,
        },
        Step::Dropped(reason) => reason.layer(),
    }
}
