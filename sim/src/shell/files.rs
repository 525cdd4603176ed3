//! Programs that look at files or change them: `cat`, `ls`, `ln`, `rm`, `mkdir`, `cp`, `mv`, `tee`, …

use crate::kernel::Errno;
use crate::process::{Node, Proc, Stream};

/// Splits arguments into flags (without their dash) and the rest.
pub fn split_flags(args: &[String]) -> (String, Vec<&str>) {
    let mut flags = String::new();
    let mut words = Vec::new();
    let mut only_words = false;
    for arg in args {
        match arg.as_str() {
            "--" if !only_words => only_words = true,
            flag if flag.starts_with('-') && flag.len() > 1 && !only_words => {
                flags += flag.trim_start_matches('-');
            }
            word => words.push(word),
        }
    }
    (flags, words)
}

fn complain(proc: &Proc, what: &str, errno: Errno) -> i32 {
    let name = proc.argv().first().cloned().unwrap_or_default();
    let name = name.rsplit('/').next().unwrap_or_default().to_owned();
    proc.eprint(&format!("{name}: {what}: {errno}\n"));
    1
}

/// `cat`.
pub async fn cat(proc: Proc) -> i32 {
    let args = proc.args();
    let (_, paths) = split_flags(&args);
    let mut status = 0;
    if paths.is_empty() {
        loop {
            let bytes = proc.read(65_536).await;
            if bytes.is_empty() {
                return 0;
            }
            proc.write_stream(&proc.stdio(1), &bytes);
        }
    }
    for path in paths {
        if path == "-" {
            let bytes = proc.read_all().await;
            proc.write_stream(&proc.stdio(1), &bytes);
            continue;
        }
        match proc.read_file(path) {
            Ok(bytes) => proc.write_stream(&proc.stdio(1), &bytes),
            Err(errno) if proc.has_gnu_tools() => status = complain(&proc, path, errno),
            Err(errno) => status = complain(&proc, &format!("can't open '{path}'"), errno),
        }
    }
    status
}

/// `ls`: names, or with `-l` what they are.
pub async fn ls(proc: Proc) -> i32 {
    let args = proc.args();
    let (flags, mut paths) = split_flags(&args);
    if paths.is_empty() {
        paths.push(".");
    }
    let mut status = 0;
    let (mut files, mut dirs) = (Vec::new(), Vec::new());
    for path in paths {
        let is_link = flags.contains('l')
            && matches!(node(&proc, path, false), Ok(Node::Link(_)))
            && !path.ends_with('/');
        if flags.contains('d') || is_link || proc.list_dir(path).is_err() {
            if !proc.file_exists(path) && !is_link {
                let name = format!("cannot access '{path}'");
                let what = if proc.has_gnu_tools() { name.as_str() } else { path };
                proc.eprint(&format!("ls: {what}: No such file or directory\n"));
                status = if proc.has_gnu_tools() { 2 } else { 1 };
                continue;
            }
            files.push(path);
        } else {
            dirs.push(path);
        }
    }
    let show_names = dirs.len() + files.len() > 1;
    print_entries(&proc, &flags, files.iter().map(|path| ((*path).to_owned(), (*path).to_owned())));
    for (n, dir) in dirs.iter().enumerate() {
        if show_names {
            let gap = if n > 0 || !files.is_empty() { "\n" } else { "" };
            proc.print(&format!("{gap}{dir}:\n"));
        }
        if flags.contains('l') {
            proc.print("total 0\n");
        }
        let names = proc.list_dir(dir).unwrap_or_default();
        let shown = names.into_iter().filter(|name| flags.contains('a') || !name.starts_with('.'));
        print_entries(&proc, &flags, shown.map(|name| (format!("{dir}/{name}"), name)));
    }
    status
}

fn node(proc: &Proc, path: &str, follow: bool) -> Result<Node, Errno> {
    let path = proc.absolute(path);
    proc.files(|tree| if follow { tree.get(&path) } else { tree.get_link(&path) }.cloned())
}

fn print_entries(proc: &Proc, flags: &str, entries: impl Iterator<Item = (String, String)>) {
    for (path, name) in entries {
        if !flags.contains('l') {
            proc.print(&format!("{name}\n"));
            continue;
        }
        let (mode, size, arrow) = match node(proc, &path, false) {
            Ok(Node::Dir) => ("drwxr-xr-x", 40, String::new()),
            Ok(Node::Link(target)) => ("lrwxrwxrwx", target.len(), format!(" -> {target}")),
            Ok(Node::Program(_)) => ("-rwxr-xr-x", 0, String::new()),
            Ok(Node::Netns(_)) => ("-r--r--r--", 0, String::new()),
            Ok(Node::Socket) => ("srw-rw----", 0, String::new()),
            Ok(Node::Null) => ("crw-rw-rw-", 0, String::new()),
            Ok(Node::File(bytes)) => ("-rw-r--r--", bytes.len(), String::new()),
            Err(_) => ("-rw-r--r--", 0, String::new()),
        };
        proc.print(&format!("{mode} 1 root root {size} Jan  1 00:00 {name}{arrow}\n"));
    }
}

/// `ln -s TARGET … PLACE`.
pub async fn ln(proc: Proc) -> i32 {
    let args = proc.args();
    let (flags, words) = split_flags(&args);
    if !flags.contains('s') {
        proc.eprint("ln: only symbolic links (ln -s) exist on simulated machines\n");
        return 1;
    }
    let (targets, place) = match words.as_slice() {
        [] => {
            proc.eprint("ln: missing file operand\nTry 'ln --help' for more information.\n");
            return 1;
        }
        [target] => (vec![*target], "."),
        [targets @ .., place] => (targets.to_vec(), *place),
    };
    let mut status = 0;
    let is_dir = proc.list_dir(place).is_ok();
    if targets.len() > 1 && !is_dir {
        proc.eprint(&format!("ln: target '{place}' is not a directory\n"));
        return 1;
    }
    for target in targets {
        let last = target.trim_end_matches('/').rsplit('/').next().unwrap_or(target);
        let dir = place.trim_end_matches('/');
        let path = if is_dir { format!("{dir}/{last}") } else { place.to_owned() };
        let at = proc.absolute(&path);
        if flags.contains('f') {
            // What is not there need not be removed.
            let _ = proc.files(|tree| tree.remove(&at));
        }
        if let Err(errno) = proc.files(|tree| tree.create(&at, Node::Link(target.to_owned()))) {
            proc.eprint(&format!("ln: failed to create symbolic link '{path}': {errno}\n"));
            status = 1;
        }
    }
    status
}

/// `rm`.
pub async fn rm(proc: Proc) -> i32 {
    let args = proc.args();
    let (flags, paths) = split_flags(&args);
    let mut status = 0;
    for path in paths {
        let at = proc.absolute(path);
        let recursive = flags.contains(['r', 'R']);
        let result = proc.files(|tree| remove(tree, &at, recursive));
        match result {
            Err(Errno::ENOENT) if flags.contains('f') => {}
            Err(errno) => {
                proc.eprint(&format!("rm: cannot remove '{path}': {}\n", reason(errno)));
                status = 1;
            }
            Ok(()) => {}
        }
    }
    status
}

fn reason(errno: Errno) -> String {
    errno.to_string()
}

fn remove(tree: &mut crate::process::Tree, path: &str, recursive: bool) -> Result<(), Errno> {
    match tree.remove(path) {
        Ok(Node::Netns(ns)) => {
            // A mounted namespace is busy until `ip netns del` unmounts it.
            tree.install(path, Node::Netns(ns));
            Err(Errno::EBUSY)
        }
        Ok(_) => Ok(()),
        Err(Errno::EISDIR) if recursive => {
            for name in tree.list(path)? {
                remove(tree, &format!("{}/{name}", path.trim_end_matches('/')), true)?;
            }
            tree.remove_dir(path)
        }
        Err(errno) => Err(errno),
    }
}

/// `mkdir`.
pub async fn mkdir(proc: Proc) -> i32 {
    let args = proc.args();
    let (flags, paths) = split_flags(&args);
    let mut status = 0;
    for path in paths {
        let at = proc.absolute(path);
        let result = proc.files(|tree| {
            if flags.contains('p') {
                // Links on the way are followed.
                let mut ends: Vec<usize> = at.match_indices('/').map(|(end, _)| end).collect();
                ends.push(at.len());
                return ends.into_iter().skip(1).try_for_each(|end| {
                    match tree.create(&at[..end], Node::Dir) {
                        Err(Errno::EEXIST) if tree.list(&at[..end]).is_ok() => Ok(()),
                        made => made,
                    }
                });
            }
            tree.create(&at, Node::Dir)
        });
        if let Err(errno) = result {
            proc.eprint(&format!("mkdir: cannot create directory '{path}': {errno}\n"));
            status = 1;
        }
    }
    status
}

/// `rmdir`.
pub async fn rmdir(proc: Proc) -> i32 {
    let args = proc.args();
    let (_, paths) = split_flags(&args);
    let mut status = 0;
    for path in paths {
        let at = proc.absolute(path);
        if let Err(errno) = proc.files(|tree| tree.remove_dir(&at)) {
            proc.eprint(&format!("rmdir: failed to remove '{path}': {errno}\n"));
            status = 1;
        }
    }
    status
}

/// `touch`.
pub async fn touch(proc: Proc) -> i32 {
    let args = proc.args();
    let (_, paths) = split_flags(&args);
    let mut status = 0;
    for path in paths {
        let at = proc.absolute(path);
        if let Err(errno) = proc.files(|tree| tree.append(&at, &[])) {
            proc.eprint(&format!("touch: cannot touch '{path}': {errno}\n"));
            status = 1;
        }
    }
    status
}

/// `cp FILE … PLACE` and `mv FILE … PLACE`.
pub async fn copy_or_move(proc: Proc) -> i32 {
    let argv = proc.argv();
    let name = argv[0].rsplit('/').next().unwrap_or("cp").to_owned();
    let args = proc.args();
    let (_, words) = split_flags(&args);
    let [sources @ .., place] = words.as_slice() else {
        proc.eprint(&format!("{name}: missing file operand\n"));
        return 1;
    };
    let mut status = 0;
    for source in sources {
        let last = source.rsplit('/').next().unwrap_or(source);
        let is_dir = proc.list_dir(place).is_ok();
        let target = if is_dir { format!("{place}/{last}") } else { (*place).to_owned() };
        let copied = proc.read_file(source).and_then(|bytes| proc.write_file(&target, bytes));
        let from = proc.absolute(source);
        let done = match (copied, name.as_str()) {
            (Ok(()), "mv") => proc.files(|tree| tree.remove(&from)).map(|_| ()),
            (result, _) => result,
        };
        if let Err(errno) = done {
            let verb = if name == "mv" { "move" } else { "stat" };
            proc.eprint(&format!("{name}: cannot {verb} '{source}': {errno}\n"));
            status = 1;
        }
    }
    status
}

/// `readlink`.
pub async fn readlink(proc: Proc) -> i32 {
    let args = proc.args();
    let (flags, paths) = split_flags(&args);
    let mut status = 0;
    for path in paths {
        let text = if let Some(inode) = netns_inode(&proc, path) {
            Some(format!("net:[{inode}]"))
        } else if flags.contains('f') {
            let at = proc.absolute(path);
            proc.files(|tree| tree.resolve(&at, true)).ok()
        } else {
            match node(&proc, path, false) {
                Ok(Node::Link(target)) => Some(target),
                _ => None,
            }
        };
        match text {
            Some(text) => proc.print(&format!("{text}\n")),
            None => status = 1,
        }
    }
    status
}

/// The number of the namespace of `/proc/PID/ns/net`.
fn netns_inode(proc: &Proc, path: &str) -> Option<u32> {
    let path = proc.absolute(path);
    if !(path.starts_with("/proc/") && path.ends_with("/ns/net")) {
        return None;
    }
    let ns = proc.netns_at(&path).ok()?;
    Some(proc.sys(|sys| sys.netns_inode(ns)))
}

/// `tee`.
pub async fn tee(proc: Proc) -> i32 {
    let args = proc.args();
    let (flags, paths) = split_flags(&args);
    let mut status = 0;
    let mut streams: Vec<Stream> = vec![proc.stdio(1)];
    for path in paths {
        match proc.open_output(path, flags.contains('a')) {
            Ok(stream) => streams.push(stream),
            Err(errno) => status = complain(&proc, path, errno),
        }
    }
    loop {
        let bytes = proc.read(65_536).await;
        if bytes.is_empty() {
            return status;
        }
        for stream in &streams {
            proc.write_stream(stream, &bytes);
        }
    }
}
