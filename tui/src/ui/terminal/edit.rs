//! The line that is being typed: editing, history, completion, the search for earlier lines.

use super::{Known, Search, Terminal};

impl Terminal {
    /// Types text at the cursor.
    pub fn insert(&mut self, text: &str) {
        let at = self.byte_at(self.cursor);
        let clean: String = text.chars().filter(|c| !c.is_control()).collect();
        self.input.insert_str(at, &clean);
        self.cursor += clean.chars().count();
    }

    fn byte_at(&self, cursor: usize) -> usize {
        self.input.char_indices().nth(cursor).map_or(self.input.len(), |(at, _)| at)
    }

    /// Removes the character before the cursor.
    pub fn backspace(&mut self) {
        if self.cursor > 0 {
            self.cursor -= 1;
            self.delete();
        }
    }

    /// Removes the character at the cursor.
    pub fn delete(&mut self) {
        let at = self.byte_at(self.cursor);
        if at < self.input.len() {
            self.input.remove(at);
        }
    }

    /// Moves the cursor by so many characters.
    pub fn move_by(&mut self, by: isize) {
        let len = self.input.chars().count();
        self.cursor = self.cursor.saturating_add_signed(by).min(len);
    }

    /// Empties the line.
    pub fn clear_input(&mut self) {
        self.input.clear();
        self.cursor = 0;
    }

    /// Recalls an older or a newer line.
    pub fn recall(&mut self, older: bool) {
        let last = self.history.len();
        self.recalled =
            if older { self.recalled.saturating_sub(1) } else { (self.recalled + 1).min(last) };
        self.input = self.history.get(self.recalled).cloned().unwrap_or_default();
        self.cursor = self.input.chars().count();
    }

    /// Completes the word before the cursor; the choices if there are several.
    #[must_use]
    pub fn complete(&mut self, known: &Known) -> Option<String> {
        let before = &self.input[..self.byte_at(self.cursor)];
        let start = before.rfind(' ').map_or(0, |at| at + 1);
        let word = before[start..].to_owned();
        let words = known.after(&before[..start], &word);
        let fits: Vec<&String> = words.iter().filter(|known| known.starts_with(&word)).collect();
        let first = fits.first()?;
        let mut common = first.as_str();
        for other in &fits {
            while !other.starts_with(common) {
                common = &common[..common.len() - common.chars().last().map_or(1, char::len_utf8)];
            }
        }
        let rest = common[word.len()..].to_owned();
        if let [_] = fits.as_slice() {
            self.insert(&format!("{rest} "));
        } else if rest.is_empty() {
            let list: Vec<&str> = fits.iter().take(40).map(|word| word.as_str()).collect();
            return Some(list.join("  "));
        } else {
            self.insert(&rest);
        }
        None
    }

    /// Looks for an earlier line; if one is being looked for, for an older one.
    pub fn search(&mut self) {
        match &mut self.search {
            None => self.search = Some(Search::default()),
            Some(search) => {
                let before = search.found.unwrap_or(self.history.len());
                self.find_before(before);
            }
        }
    }

    /// Changes what is looked for.
    pub fn search_for(&mut self, change: impl FnOnce(&mut String)) {
        if let Some(search) = &mut self.search {
            change(&mut search.query);
            search.found = None;
            self.find_before(self.history.len());
        }
    }

    /// The latest line before a place in the history that has what is looked for.
    fn find_before(&mut self, end: usize) {
        let Some(search) = &mut self.search else { return };
        let end = end.min(self.history.len());
        let found = self.history[..end].iter().rposition(|line| line.contains(&search.query));
        if let Some(n) = found.filter(|_| !search.query.is_empty()) {
            search.found = Some(n);
            self.input.clone_from(&self.history[n]);
            self.cursor = self.input.chars().count();
        }
    }

    /// Ends the search; what was found stays in the line.
    pub fn end_search(&mut self) {
        self.search = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use netsim_sim::trace::HostId;

    #[test]
    fn wide_characters_are_edited_whole() {
        let mut terminal = Terminal::new(HostId(0), "a".into());
        terminal.insert("echo 你好");
        terminal.move_by(-1);
        terminal.backspace();
        assert_eq!(terminal.input, "echo 好");
        terminal.delete();
        terminal.move_by(-99);
        terminal.insert("# ");
        assert_eq!((terminal.input.as_str(), terminal.cursor), ("# echo ", 2));
    }

    #[test]
    fn a_search_goes_back_through_the_history() {
        let mut terminal = Terminal::new(HostId(0), "a".into());
        terminal.history = ["ip addr", "ping a", "ip route", "ls"].map(str::to_owned).into();
        terminal.search();
        terminal.search_for(|query| query.push_str("ip"));
        assert_eq!(terminal.input, "ip route");
        terminal.search();
        assert_eq!(terminal.input, "ip addr");
        terminal.search();
        assert_eq!(terminal.input, "ip addr", "there is none before");
        terminal.search_for(|query| query.push('n'));
        assert_eq!(terminal.input, "ip addr", "nothing fits: the line stays");
        terminal.end_search();
        assert_eq!(terminal.search, None);
    }
}
