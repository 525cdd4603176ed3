//! From a topology to a world: switches, machines, cables, files; then what runs from the start.

use indexmap::IndexMap;
use ipnet::Ipv4Net;

use super::unit::DOCKER_UNIT;
use super::{HostSpec, SegmentSpec, Topology, TopologyError, Uplink, default_mac, uplink};
use crate::docker::daemon::preload_images;
use crate::engine::{Seed, Span};
use crate::kernel::sys::link::BridgeChange;
use crate::kernel::sys::route::{RouteMode, RouteSpec};
use crate::kernel::sys::{IfAddr, KindSpec, LinkSpec, RouteKind};
use crate::kernel::{Errno, LinkId, NetlinkError};
use crate::process::Node;
use crate::trace::HostId;
use crate::wire::{Ipv4Addr, MacAddr};
use crate::world::{End, Limits, Platform, Role, World};

impl Topology {
    /// Builds the world and lets its machines boot.
    pub fn build(&self, seed: Seed, platform: Platform) -> Result<World, TopologyError> {
        let mut world = self.assemble(seed, platform)?;
        self.boot(&mut world)?;
        Ok(world)
    }

    /// Builds the world; nothing runs yet.
    pub fn assemble(&self, seed: Seed, platform: Platform) -> Result<World, TopologyError> {
        let mut world = World::new(seed, platform);
        let mut switches = IndexMap::new();
        for (name, spec) in &self.segment {
            switches.insert(name.clone(), Switch::build(&mut world, name, spec)?);
        }
        for (name, spec, role) in self.machines() {
            let id = world.add_host(name, role);
            self.attach(&mut world, id, spec, &mut switches)?;
            self.write_files(&mut world, id, spec);
        }
        Ok(world)
    }

    /// Lets the machines of an assembled world run what they run from the start.
    pub fn boot(&self, world: &mut World) -> Result<(), TopologyError> {
        for (name, spec, _) in self.machines() {
            if let Some(host) = world.host_named(name) {
                let lines = boot_lines(name, spec, spec.first_address(self));
                world.bolt_down(host, &lines);
                boot(world, host, spec, &lines)?;
            }
        }
        Ok(())
    }

    /// Puts network cards into a machine and sets them up.
    fn attach(
        &self,
        world: &mut World,
        host: HostId,
        spec: &HostSpec,
        switches: &mut IndexMap<String, Switch>,
    ) -> Result<(), TopologyError> {
        let name = world.host(host).name.clone();
        world.sys(host, |sys| sys.boot_with_ipv6(self.has_ipv6(spec)));
        for (n, (segment, attachment)) in spec.attachments.iter().enumerate() {
            let settings = &self.segment[segment];
            let parts = attachment.parts(settings.subnet).map_err(TopologyError::new)?;
            let device = parts.device.unwrap_or_else(|| format!("eth{n}"));
            let number = switches.get_index_of(segment).unwrap_or(0);
            let mac = parts.mac.unwrap_or_else(|| default_mac(number, parts.address));
            let failed =
                |error: NetlinkError| TopologyError::new(format!("machine '{name}': {error}"));
            let way = match spec.uplink {
                Uplink::Card => uplink::card(world, host, &device, mac),
                Uplink::Veth => uplink::veth(world, host, &device, mac).map_err(failed)?,
            };
            let link = way.device;
            let switch = &mut switches[segment];
            let port = switch.port(world, &name)?;
            let cable = settings.cable().map_err(TopologyError::new)?;
            world.add_cable(
                End { host, link: way.card },
                End { host: switch.host, link: port },
                cable,
            );
            let mtu = settings.mtu;
            world
                .sys(host, |sys| -> Result<(), NetlinkError> {
                    if let Some(mtu) = mtu {
                        sys.link_set_mtu(link, mtu)?;
                    }
                    sys.link_up(link)?;
                    if let Some(net) = parts.address {
                        let broadcast = Some(net.broadcast());
                        let address = IfAddr {
                            broadcast,
                            ..IfAddr::new(net.addr(), net.prefix_len(), &device)
                        };
                        sys.addr_add(link, address)?;
                    }
                    Ok(())
                })
                .map_err(failed)?;
        }
        let gateway = match spec.gateway.as_deref() {
            Some("") => None,
            Some(text) => Some(text.parse().map_err(|_| {
                TopologyError::new(format!("machine '{name}': '{text}' is not an address"))
            })?),
            None => self.default_gateway(&name, spec),
        };
        if let Some(gateway) = gateway {
            let route = RouteSpec::unicast(Ipv4Net::default(), Some(gateway), None);
            world.sys(host, |sys| sys.route_add(&route, RouteMode::Add)).map_err(|error| {
                TopologyError::new(format!("machine '{name}': gateway {gateway}: {error}"))
            })?;
        }
        world.sys(host, |sys| sys.modules_remove(&spec.without));
        let is_router = world.host(host).role == Role::Router;
        if spec.forward.unwrap_or(is_router) {
            // The switch exists in every namespace.
            let _: Result<(), Errno> =
                world.sys(host, |sys| sys.sysctl_set("net.ipv4.ip_forward", "1"));
            if self.has_ipv6(spec) {
                let path = "net.ipv6.conf.all.forwarding";
                let _: Result<(), Errno> = world.sys(host, |sys| sys.sysctl_set(path, "1"));
            }
        }
        for net in &spec.silent_drop {
            let mut route = RouteSpec::unicast(net.trunc(), None, None);
            route.route.kind = RouteKind::Blackhole;
            world.sys(host, |sys| sys.route_add(&route, RouteMode::Add)).map_err(|error| {
                TopologyError::new(format!("machine '{name}': silent-drop {net}: {error}"))
            })?;
        }
        Ok(())
    }

    /// The first router on the first segment of a machine.
    fn default_gateway(&self, name: &str, spec: &HostSpec) -> Option<Ipv4Addr> {
        let (segment, _) = spec.attachments.first()?;
        self.router.iter().filter(|(router, _)| *router != name).find_map(|(_, router)| {
            let attachment = router.attachments.get(segment)?;
            Some(attachment.parts(self.segment[segment].subnet).ok()?.address?.addr())
        })
    }

    /// Host names and name servers, and what Docker needs.
    fn write_files(&self, world: &mut World, host: HostId, spec: &HostSpec) {
        let mut hosts = String::from("127.0.0.1\tlocalhost\n");
        for (name, other, _) in self.machines().filter(|(.., role)| *role == Role::Computer) {
            if let Some(address) = other.first_address(self) {
                hosts += &format!("{address}\t{name}\n");
            }
        }
        let servers = self.machines().filter(|(_, spec, _)| spec.dns_names().is_some());
        let resolv: String = servers
            .filter_map(|(_, server, _)| server.first_address(self))
            .map(|address| format!("nameserver {address}\n"))
            .collect();
        let docker = spec.docker_settings();
        let device = spec.attachments.first().and_then(|(segment, attachment)| {
            attachment.parts(self.segment[segment].subnet).ok()?.device
        });
        let processes = &world.host(host).processes;
        processes.files(processes.host_root(), |tree| {
            if docker.is_some() {
                tree.install("/etc/docker", Node::Dir);
            }
            let mut write = |path: &str, text: String| {
                tree.install(path, Node::File(text.into_bytes()));
            };
            write("/etc/hosts", hosts);
            write("/etc/resolv.conf", resolv);
            if let Some(docker) = &docker {
                write("/lib/systemd/system/docker.service", DOCKER_UNIT.to_owned());
                if let Some(kv) = &docker.kv {
                    let device = device.unwrap_or_else(|| "eth0".to_owned());
                    let advertise =
                        docker.advertise.clone().unwrap_or_else(|| format!("{device}:2376"));
                    write(
                        "/etc/docker/daemon.json",
                        format!(
                            "{{\n  \"cluster-store\": \"{kv}\",\n  \"cluster-advertise\": \"{advertise}\"\n}}\n"
                        ),
                    );
                }
                tree.install("/etc/alternatives/iptables", Node::Link("/usr/sbin/iptables-legacy".into()));
            } else {
                for program in ["docker", "dockerd", "docker-proxy"] {
                    // Without Docker its programs are not there.
                    let _ = tree.remove(&format!("/usr/bin/{program}"));
                }
            }
        });
    }
}

/// A segment as it was built.
struct Switch {
    host: HostId,
    bridge: LinkId,
    ports: u16,
    mtu: Option<u32>,
}

impl Switch {
    fn build(world: &mut World, name: &str, spec: &SegmentSpec) -> Result<Switch, TopologyError> {
        let host = world.add_host(name, Role::Switch);
        let ns = world.host(host).namespace();
        let mut link = LinkSpec::new(ns, "br0", KindSpec::Bridge);
        // Below all stations, so that ports come and go without changing it.
        link.mac = Some(MacAddr(0x02, 0, 0, 0, 0, host.0 as u8));
        let bridge = world
            .sys(host, |sys| {
                let bridge = sys.link_add(&link)?;
                sys.bridge_set(bridge, BridgeChange::McastSnooping(false))?;
                sys.link_up(bridge)?;
                Ok(bridge)
            })
            .map_err(|error: NetlinkError| {
                TopologyError::new(format!("segment '{name}': {error}"))
            })?;
        Ok(Switch { host, bridge, ports: 0, mtu: spec.mtu })
    }

    /// A new port, named after the machine that it leads to.
    fn port(&mut self, world: &mut World, machine: &str) -> Result<LinkId, TopologyError> {
        self.ports += 1;
        let [high, low] = self.ports.to_be_bytes();
        let mac = MacAddr(0x02, 0, 0, 1 + self.host.0 as u8, high, low);
        let name: String = machine.chars().take(15).collect();
        let taken = world.sys(self.host, |sys| sys.link_named(&name)).is_some();
        let name = if taken { format!("port{}", self.ports) } else { name };
        let port = world.add_nic(self.host, &name, mac);
        let (bridge, mtu) = (self.bridge, self.mtu);
        world
            .sys(self.host, |sys| {
                if let Some(mtu) = mtu {
                    sys.link_set_mtu(port, mtu)?;
                }
                sys.link_up(port)?;
                sys.link_set_master(port, bridge)
            })
            .map_err(|error| TopologyError::new(format!("port for '{machine}': {error}")))?;
        Ok(port)
    }
}

/// How long the machines may take to boot.
const BOOT: Limits = Limits { span: Span::secs(120), events: 5_000_000 };

/// What a machine runs from the start.
fn boot_lines(name: &str, spec: &HostSpec, address: Option<Ipv4Addr>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    if spec.docker_settings().is_some_and(|docker| docker.start) {
        lines.push("systemctl start docker".to_owned());
    }
    if let Some(names) = spec.dns_names() {
        // What nobody knows does not exist: there is no Internet to ask.
        let mut line = "dnsmasq --no-resolv --local-ttl=60 --address=/#/".to_owned();
        for (name, address) in names {
            line += &format!(" --address=/{name}/{address}");
        }
        lines.push(line);
    }
    for word in &spec.run {
        lines.push(match word.as_str() {
            "consul" => "docker run -d --name consul --restart=always -p 8500:8500 -h consul progrium/consul -server -bootstrap".to_owned(),
            "etcd" => {
                let address = address.unwrap_or(Ipv4Addr::LOCALHOST);
                format!(
                    "etcd --name {name} --enable-v2 --data-dir /var/lib/etcd \
                     --listen-client-urls http://{address}:2379,http://127.0.0.1:2379 \
                     --advertise-client-urls http://{address}:2379 > /var/log/etcd.log 2>&1 &"
                )
            }
            line => line.to_owned(),
        });
    }
    lines
}

/// Runs what a machine runs from the start.
fn boot(
    world: &mut World,
    host: HostId,
    spec: &HostSpec,
    lines: &[String],
) -> Result<(), TopologyError> {
    if let Some(images) = spec.docker_settings().and_then(|docker| docker.images) {
        preload_images(&world.host(host).processes, &images);
    }
    for line in lines {
        let outcome = world.run_command_within(host, line, BOOT);
        if outcome.status != 0 {
            let name = &world.host(host).name;
            return Err(TopologyError::new(format!(
                "machine '{name}' did not boot: `{line}` ended with status {}: {}",
                outcome.status,
                outcome.text().trim()
            )));
        }
    }
    Ok(())
}
