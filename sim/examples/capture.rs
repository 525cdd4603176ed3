//! What passes a device, as a file for Wireshark: `cargo run --example capture -- overlay.pcapng`.

use netsim_sim::lab::{Lab, Machine};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "overlay.pcapng".to_owned());
    let store = "etcd://10.0.0.9:2379";
    let mut lab = Lab::builder()
        .segment("lan", "10.0.0.0/24")
        .machine(Machine::new("kv").on("lan", "10.0.0.9").runs("etcd"))
        .machine(Machine::new("one").on("lan", "10.0.0.11").docker_with_store(store))
        .machine(Machine::new("two").on("lan", "10.0.0.12").docker_with_store(store))
        .build()?;
    lab.run("one", "docker network create -d overlay --subnet 10.1.0.0/24 ov")?;
    lab.run("one", "docker run -d --name c1 --network ov busybox sleep 9999")?;
    lab.run("two", "docker run -d --name c2 --network ov busybox sleep 9999")?;
    lab.capture("two", "eth0")?;
    lab.capture("c2", "eth0")?;
    let ping = lab.run("c1", "ping -c 2 c2")?;
    print!("{}", ping.output);
    #[allow(clippy::disallowed_methods)] // An example may write files, the engine may not.
    std::fs::write(&path, lab.pcapng())?;
    println!("{path}: the pings on the LAN, in VXLAN, and as the container sees them");
    Ok(())
}
