//! What the daemon knows: networks, endpoints, sandboxes, containers. Plain data; the verbs are in the
//! files of [`docker`](super) named after them.
//!
//! Read `pool`, `network`, `overlay`, `port`, `endpoint`, then `container`.

mod container;
mod endpoint;
mod network;
mod overlay;
mod pool;
mod port;

pub use container::{Attachment, Container, ContainerConfig, NetworkMode, Restart, Status};
pub use endpoint::{Endpoint, EndpointRequest, Sandbox};
pub use network::{
    Driver, GWBRIDGE, Inet6Plan, Ipam6Config, IpamConfig, Network, NetworkRequest, Scope, Subnet,
    Subnet6, is_predefined, option, parse_bool,
};
pub use overlay::{Overlay, OverlaySubnet, Peer, Peers};
pub use pool::PoolId;
pub use port::{Port, PortBinding, PortRequest, Protocol};
