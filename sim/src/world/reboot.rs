//! Machines that boot again: what was in memory is gone, what lies on the disk is found again.

use crate::trace::HostId;

use super::World;

impl World {
    /// What is there now of a machine is its hardware, and these commands are what it boots with.
    pub fn bolt_down(&mut self, id: HostId, lines: &[String]) {
        let host = &mut self.hosts[usize::from(id.0)];
        let kernel = &mut host.core_mut().kernel;
        let is_setting = |line: &String| !line.starts_with("ip link add");
        let made = kernel.calls().filter(|call| call.ns == "host").map(|call| call.line());
        let settings: Vec<String> = made.filter(is_setting).collect();
        kernel.bolt_down();
        host.boot = settings.into_iter().chain(lines.iter().cloned()).collect();
    }

    /// A machine boots again, at once.
    pub(super) fn reboot(&mut self, id: HostId) {
        let host = &mut self.hosts[usize::from(id.0)];
        host.processes.shut_down(&mut host.core);
        let core = host.core_mut();
        core.kernel.reset(&mut core.cx);
        let lines = host.boot.clone();
        self.apply(id);
        self.check_nics(id);
        self.sys(id, |sys| {
            let lo = sys.link_named("lo").expect("every namespace has a loopback device");
            sys.link_up(lo).expect("a loopback device can always be set up");
        });
        let terminal = self.terminal(id);
        terminal.close_input();
        self.start_shell(id, &terminal, &lines.join("\n"));
    }
}
