//! `docker version`, `info`, `images`, `pull`.

use super::flags::{Command, switch, value};
use super::table::table;
use super::{Client, Done, Stop, format, parse};
use crate::docker::image;

/// The version of Docker that is simulated.
pub(super) const VERSION: &str = "20.10.24";

const VERSION_COMMAND: Command = Command {
    name: "docker version",
    usage: "[OPTIONS]",
    about: "Show the Docker version information",
    arguments: (0, 0),
    interspersed: true,
    flags: &[value("format", Some('f'), "string", "Format the output using the given Go template")],
};

const INFO: Command = Command {
    name: "docker info",
    usage: "[OPTIONS]",
    about: "Display system-wide information",
    arguments: (0, 0),
    interspersed: true,
    flags: &[value("format", Some('f'), "string", "Format the output using the given Go template")],
};

const SYSTEM_PRUNE: Command = Command {
    name: "docker system prune",
    usage: "[OPTIONS]",
    about: "Remove unused data",
    arguments: (0, 0),
    interspersed: true,
    flags: &[
        switch("all", Some('a'), "Remove all unused images not just dangling ones"),
        value("filter", None, "filter", "Provide filter values (e.g. 'label=<key>=<value>')"),
        switch("force", Some('f'), "Do not prompt for confirmation"),
        switch("volumes", None, "Prune volumes"),
    ],
};

const IMAGES: Command = Command {
    name: "docker images",
    usage: "[OPTIONS] [REPOSITORY[:TAG]]",
    about: "List images",
    arguments: (0, 1),
    interspersed: true,
    flags: &[
        switch("all", Some('a'), "Show all images (default hides intermediate images)"),
        switch("no-trunc", None, "Don't truncate output"),
        switch("quiet", Some('q'), "Only show image IDs"),
    ],
};

const PULL: Command = Command {
    name: "docker pull",
    usage: "[OPTIONS] NAME[:TAG|@DIGEST]",
    about: "Pull an image or a repository from a registry",
    arguments: (1, 1),
    interspersed: true,
    flags: &[switch("quiet", Some('q'), "Suppress verbose output")],
};

const WARNING: &str =
    "WARNING: node discovery and overlay networks with an external k/v store (cluster-advertise,
         cluster-store, cluster-store-opt) are deprecated and will be removed in a future release.
";

impl Client {
    pub(super) fn version(&self, args: &[String]) -> Done {
        let given = parse(&VERSION_COMMAND, args)?;
        let value = serde_json::json!({
            "Client": { "Version": VERSION, "ApiVersion": "1.41", "Os": "linux", "Arch": "amd64" },
            "Server": { "Version": VERSION, "ApiVersion": "1.41", "MinAPIVersion": "1.12", "Os": "linux", "Arch": "amd64" },
        });
        if let Some(template) = given.value("format") {
            self.print(&format!("{}\n", format::one(template, &value)?));
            return Ok(());
        }
        self.print(&format!(
            "Client:\n Version:           {VERSION}\n API version:       1.41\n OS/Arch:           linux/amd64\n Context:           default\n Experimental:      true\n\n"
        ));
        self.daemon()?;
        self.print(&format!(
            "Server: Docker as simulated by netsim {}\n Engine:\n  Version:          {VERSION}\n  API version:      1.41 (minimum version 1.12)\n  OS/Arch:          linux/amd64\n  Experimental:     false\n",
            env!("CARGO_PKG_VERSION")
        ));
        Ok(())
    }

    pub(super) async fn info(&self, args: &[String]) -> Done {
        let given = parse(&INFO, args)?;
        let daemon = self.daemon()?;
        let containers = daemon.containers();
        let running = containers.iter().filter(|container| container.is_running()).count();
        let total = containers.len();
        let paused = containers.iter().filter(|container| container.paused).count();
        let images = daemon.images().len();
        let cluster = daemon.cluster();
        let kernel = "6.18.0-netsim";
        if let Some(template) = given.value("format") {
            let value = serde_json::json!({
                "Name": self.proc.hostname(),
                "ServerVersion": VERSION,
                "Containers": total,
                "ContainersRunning": running,
                "ContainersPaused": paused,
                "ContainersStopped": total - running,
                "Images": images,
                "Driver": "overlay2",
                "KernelVersion": kernel,
                "ClusterStore": cluster.map_or(String::new(), |c| c.url().to_string()),
                "ClusterAdvertise": cluster.map_or(String::new(), |c| c.advertised()),
                "Swarm": { "LocalNodeState": "inactive" },
            });
            self.print(&format!("{}\n", format::one(template, &value)?));
            return Ok(());
        }
        let (stopped, running) = (total - running, running - paused);
        let name = self.proc.hostname();
        let mut text = format!(
            "Client:\n Context:    default\n Debug Mode: false\n\nServer:\n Containers: {total}\n  Running: {running}\n  Paused: {paused}\n  Stopped: {stopped}\n Images: {images}\n Server Version: {VERSION}\n Storage Driver: overlay2\n Logging Driver: json-file\n Plugins:\n  Volume: local\n  Network: bridge host ipvlan macvlan null overlay\n Swarm: inactive\n Kernel Version: {kernel}\n Operating System: Debian GNU/Linux 12 (bookworm), simulated by netsim\n OSType: linux\n Architecture: x86_64\n Name: {name}\n Docker Root Dir: /var/lib/docker\n Debug Mode: false\n"
        );
        if let Some(cluster) = cluster {
            text += &format!(" Cluster Store: {}\n", cluster.url());
            text += &format!(" Cluster Advertise: {}\n", cluster.advertised());
        }
        text += " Insecure Registries:\n  127.0.0.0/8\n Live Restore Enabled: false\n\n";
        self.print(&text);
        if cluster.is_some() {
            self.eprint(WARNING);
        }
        Ok(())
    }

    pub(super) async fn system_prune(&self, args: &[String]) -> Done {
        let given = parse(&SYSTEM_PRUNE, args)?;
        let warning = "WARNING! This will remove:\n  - all stopped containers\n  \
                       - all networks not used by at least one container\n  \
                       - all dangling images\n  - all dangling build cache\n\n";
        if !given.is_on("force") && !self.is_sure(warning).await {
            return Ok(());
        }
        self.prune_stopped().await?;
        let networks = self.call(|daemon| daemon.network_prune()).await?;
        if !networks.is_empty() {
            self.print(&format!("Deleted Networks:\n{}\n\n", networks.join("\n")));
        }
        self.print("Total reclaimed space: 0B\n");
        Ok(())
    }

    pub(super) fn images(&self, args: &[String]) -> Done {
        let given = parse(&IMAGES, args)?;
        let mut images = self.daemon()?.images();
        if let Some(name) = given.arguments.first() {
            let (name, _) = image::reference(name);
            images.retain(|image| image.name == name);
        }
        images.sort_by_key(|image| image.name);
        let id = |id: &str| {
            if given.is_on("no-trunc") { format!("sha256:{id}") } else { id[..12].to_owned() }
        };
        if given.is_on("quiet") {
            images.iter().for_each(|image| self.print(&format!("{}\n", id(image.id))));
            return Ok(());
        }
        let rows: Vec<Vec<String>> = images
            .iter()
            .map(|image| {
                vec![
                    image.name.to_owned(),
                    "latest".to_owned(),
                    id(image.id),
                    "12 months ago".to_owned(),
                    image.size.to_owned(),
                ]
            })
            .collect();
        self.print(&table(&["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"], &rows));
        Ok(())
    }

    pub(super) fn pull(&self, args: &[String]) -> Done {
        let given = parse(&PULL, args)?;
        let (name, tag) = image::reference(&given.arguments[0]);
        if self.daemon()?.image(&given.arguments[0]).is_some() {
            self.print(&format!(
                "{name}:{tag}: already here\nnetsim has no image registry; its images lie on every host\n"
            ));
            return Ok(());
        }
        let (why, images) = (self.no_registry(), self.images_here()?);
        Err(Stop::Said(format!("Error response from daemon: {why}\n{images}"), 1))
    }

    /// What an engine says that cannot reach the registry.
    pub(super) fn no_registry(&self) -> String {
        const REGISTRY: &str = "registry-1.docker.io";
        let file = self.proc.read_file("/etc/resolv.conf").unwrap_or_default();
        let file = String::from_utf8_lossy(&file).into_owned();
        let server = file.lines().find_map(|line| line.strip_prefix("nameserver ")).map(str::trim);
        let on = server.map(|server| format!(" on {server}:53")).unwrap_or_default();
        format!("Get \"https://{REGISTRY}/v2/\": dial tcp: lookup {REGISTRY}{on}: no such host")
    }

    /// Which images there are, for whoever asked for another one.
    pub(super) fn images_here(&self) -> Result<String, Stop> {
        let mut names: Vec<&str> = self.daemon()?.images().iter().map(|image| image.name).collect();
        names.sort_unstable();
        Ok(format!("netsim has no image registry; the images here are {}", names.join(", ")))
    }
}
