//! Programs of your own on simulated machines: a sensor that sends a reading a second, and a server that
//! answers. They are `async` functions; a wait costs simulated time only.

use netsim_sim::engine::Span;
use netsim_sim::lab::{Lab, Machine};
use netsim_sim::process::socket::Udp;
use netsim_sim::process::{LocalFuture, Proc, boxed};
use netsim_sim::wire::Ipv4Addr;
use netsim_sim::world::Limits;

const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const PORT: u16 = 9000;

fn sensor(proc: Proc) -> LocalFuture<i32> {
    boxed(async move {
        let Ok(socket) = Udp::bind(&proc, None, 0) else { return 1 };
        for reading in 1..=3 {
            proc.sleep(Span::secs(1)).await;
            if let Err(errno) = socket.send(Some((SERVER, PORT)), format!("{reading}").as_bytes()) {
                proc.eprint(&format!("send: {errno}\n"));
                return 1;
            }
            let Ok(answer) = socket.recv().await else { return 1 };
            let text = String::from_utf8_lossy(&answer.data);
            proc.print(&format!("{}: the server says {text}\n", proc.now()));
        }
        0
    })
}

fn server(proc: Proc) -> LocalFuture<i32> {
    boxed(async move {
        let Ok(socket) = Udp::bind(&proc, None, PORT) else { return 1 };
        while let Ok(reading) = socket.recv().await {
            let mut answer = b"thanks for ".to_vec();
            answer.extend_from_slice(&reading.data);
            if socket.send(Some(reading.from), &answer).is_err() {
                return 1;
            }
        }
        0
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut lab = Lab::builder()
        .segment("lan", "10.0.0.0/24")
        .machine(Machine::new("sensor").on("lan", "10.0.0.1"))
        .machine(Machine::new("server").on("lan", &SERVER.to_string()))
        .build()?;
    let world = lab.world_mut();
    let here = world.host_named("sensor").ok_or("the lab has a sensor")?;
    let there = world.host_named("server").ok_or("the lab has a server")?;
    let screen = world.terminal(there);
    world.start(there, &screen, server, &["server"]);
    let screen = world.terminal(here);
    let pid = world.start(here, &screen, sensor, &["sensor"]);
    let (status, _) = world.wait(here, pid, Limits::default());
    print!("{}", screen.take_text());
    println!("the sensor ended with status {status}");
    Ok(())
}
