//! `docker version`, `info`, `images`, `pull`.

use super::client::{Client, Done, Stop, parse};
use super::flags::{Command, switch, value};
use super::format;
use super::table::table;
use crate::docker::image;

/// The version of Docker that is simulated.
pub(super) const VERSION: &str = "20.10.24+dfsg1";
/// The kernel, as `uname -r` names it.
const KERNEL: &str = "6.18.0-netsim";
/// From what its client and its engine were built.
pub(super) const CLIENT_COMMIT: &str = "297e128";
const ENGINE_COMMIT: &str = "5d6db84";
const BUILT: &str = "Thu May  7 21:09:36 2026";

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

pub(super) const IMAGES: Command = Command {
    name: "docker images",
    usage: "[OPTIONS] [REPOSITORY[:TAG]]",
    about: "List images",
    arguments: (0, 1),
    interspersed: true,
    flags: &[
        switch("all", Some('a'), "Show all images (default hides intermediate images)"),
        switch("digests", None, "Show digests"),
        value("filter", Some('f'), "filter", "Filter output based on conditions provided"),
        value("format", None, "string", "Pretty-print images using a Go template"),
        switch("no-trunc", None, "Don't truncate output"),
        switch("quiet", Some('q'), "Only show image IDs"),
    ],
};

pub(super) const PULL: Command = Command {
    name: "docker pull",
    usage: "[OPTIONS] NAME[:TAG|@DIGEST]",
    about: "Pull an image or a repository from a registry",
    arguments: (1, 1),
    interspersed: true,
    flags: &[
        switch("all-tags", Some('a'), "Download all tagged images in the repository"),
        switch("disable-content-trust", None, "Skip image verification (default true)"),
        value("platform", None, "string", "Set platform if server is multi-platform capable"),
        switch("quiet", Some('q'), "Suppress verbose output"),
    ],
};

const WARNING: &str =
    "WARNING: node discovery and overlay networks with an external k/v store (cluster-advertise,
         cluster-store, cluster-store-opt) are deprecated and will be removed in a future release.
";

impl Client {
    pub(super) fn version(&self, args: &[String]) -> Done {
        let given = parse(&VERSION_COMMAND, args)?;
        let value = serde_json::json!({
            "Client": {
                "Version": VERSION, "ApiVersion": "1.41", "DefaultAPIVersion": "1.41",
                "GitCommit": CLIENT_COMMIT, "GoVersion": "go1.19.8", "Os": "linux", "Arch": "amd64",
                "BuildTime": BUILT, "Context": "default", "Experimental": true,
            },
            "Server": {
                "Version": VERSION, "ApiVersion": "1.41", "MinAPIVersion": "1.12",
                "GitCommit": ENGINE_COMMIT, "GoVersion": "go1.19.8", "Os": "linux", "Arch": "amd64",
                "KernelVersion": KERNEL,
            },
        });
        if let Some(template) = given.value("format") {
            self.print(&format!("{}\n", format::one(template, &value)?));
            return Ok(());
        }
        self.print(&format!(
            "Client:\n Version:           {VERSION}\n API version:       1.41\n Go version:        go1.19.8\n Git commit:        {CLIENT_COMMIT}\n Built:             {BUILT}\n OS/Arch:           linux/amd64\n Context:           default\n Experimental:      true\n"
        ));
        self.daemon()?;
        self.print(&format!(
            "\nServer:\n Engine:\n  Version:          {VERSION}\n  API version:      1.41 (minimum version 1.12)\n  Go version:       go1.19.8\n  Git commit:       {ENGINE_COMMIT}\n  Built:            {BUILT}\n  OS/Arch:          linux/amd64\n  Experimental:     false\n containerd:\n  Version:          1.6.20~ds1\n  GitCommit:        1.6.20~ds1-1+deb12u3\n runc:\n  Version:          1.1.5+ds1\n  GitCommit:        1.1.5+ds1-1+deb12u1\n docker-init:\n  Version:          0.19.0\n  GitCommit:        \n"
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
                "KernelVersion": KERNEL,
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
            "Client:\n Context:    default\n Debug Mode: false\n\nServer:\n Containers: {total}\n  Running: {running}\n  Paused: {paused}\n  Stopped: {stopped}\n Images: {images}\n Server Version: {VERSION}\n Storage Driver: overlay2\n  Backing Filesystem: extfs\n  Supports d_type: true\n  Native Overlay Diff: true\n  userxattr: false\n Logging Driver: json-file\n Cgroup Driver: cgroupfs\n Cgroup Version: 1\n Plugins:\n  Volume: local\n  Network: bridge host ipvlan macvlan null overlay\n  Log: json-file\n Swarm: inactive\n Runtimes: io.containerd.runc.v2 io.containerd.runtime.v1.linux runc\n Default Runtime: runc\n Init Binary: docker-init\n containerd version: 1.6.20~ds1-1+deb12u3\n runc version: 1.1.5+ds1-1+deb12u1\n init version: \n Security Options:\n  seccomp\n   Profile: default\n Kernel Version: {KERNEL}\n Operating System: Debian GNU/Linux 12 (bookworm), simulated by netsim\n OSType: linux\n Architecture: x86_64\n Name: {name}\n Docker Root Dir: /var/lib/docker\n Debug Mode: false\n Registry: https://index.docker.io/v1/\n Labels:\n Experimental: false\n"
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
        let networks = self.call(|daemon| daemon.network_prune(|_| true)).await?;
        if !networks.is_empty() {
            self.print(&format!("Deleted Networks:\n{}\n\n", networks.join("\n")));
        }
        self.print("Total reclaimed space: 0B\n");
        Ok(())
    }

    pub(super) fn images(&self, args: &[String]) -> Done {
        let given = parse(&IMAGES, args)?;
        if given.has("filter") || given.has("digests") {
            let words = "netsim does not simulate docker images --filter or --digests";
            return Err(Stop::Said(words.to_owned(), 1));
        }
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
        if let Some(format) = given.value("format").filter(|format| *format != "table") {
            let value = |image: &&image::Image| {
                serde_json::json!({
                    "Repository": image.name, "Tag": "latest", "ID": id(image.id),
                    "CreatedSince": "12 months ago", "Size": image.size, "Digest": "<none>",
                })
            };
            let values: Vec<_> = images.iter().map(value).collect();
            let headers = [("ID", "IMAGE ID"), ("CreatedSince", "CREATED")];
            self.print(&format::rows(format, &values, &headers, "*formatter.imageContext")?);
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
        if let Some(words) = image::reference_error(&given.arguments[0]) {
            return Err(Stop::Said(words.to_owned(), 1));
        }
        if !given.arguments[0].contains([':', '@']) {
            self.print("Using default tag: latest\n");
        }
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
