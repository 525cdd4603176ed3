//! A first lab: a container is served to the LAN, and another machine cannot get around its port.

use netsim_sim::lab::{Lab, LabError, Machine};
use netsim_sim::reach::Protocol;

fn main() -> Result<(), LabError> {
    let mut lab = Lab::builder()
        .segment("lan", "192.168.56.0/24")
        .machine(Machine::new("docker-1").on("lan", "192.168.56.144").docker())
        .machine(Machine::new("client").on("lan", "192.168.56.10"))
        .build()?;
    lab.run("docker-1", "docker run -d --name web -p 8080:80 busybox httpd -f -p 80")?;
    let ping = lab.run("web", "ping -c 1 192.168.56.10")?;
    print!("{}", ping.output);
    println!("\nThe way of the echo request:\n{}", lab.tell(&ping.journeys(&lab)[0]));
    let by_port = lab.reach("client", "docker-1", Protocol::Tcp(8080))?;
    let directly = lab.reach("client", "web", Protocol::Tcp(80))?;
    println!("client reaches port 8080 of docker-1: {}", by_port.code());
    println!("client reaches port 80 of web: {}", directly.code());
    Ok(())
}
