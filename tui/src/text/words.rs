//! The words of the printed lessons, in English and Chinese.

/// A language of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Lang {
    /// English.
    En,
    /// 中文.
    Zh,
}

impl Lang {
    /// The language of the environment: `LC_ALL`, `LC_MESSAGES`, `LANG`.
    pub fn of_environment() -> Lang {
        let mut set = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(|name| std::env::var(name).ok());
        let first = set.find(|value| !value.is_empty());
        if first.is_some_and(|value| value.starts_with("zh")) { Lang::Zh } else { Lang::En }
    }

    /// As lessons name it.
    pub fn code(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Zh => "zh",
        }
    }

    /// One of two texts: where a sentence is needed in one place only.
    pub fn say(self, english: &'static str, chinese: &'static str) -> &'static str {
        match self {
            Lang::En => english,
            Lang::Zh => chinese,
        }
    }

    /// The words of this language.
    pub fn words(self) -> &'static Words {
        match self {
            Lang::En => &EN,
            Lang::Zh => &ZH,
        }
    }
}

/// Words and sentences; `{}` stands for what is put in.
#[allow(missing_docs)] // The fields are the words.
pub struct Words {
    pub lang: Lang,
    pub minutes: &'static str,
    pub level: &'static str,
    pub seed: &'static str,
    pub goals: &'static str,
    pub machines: &'static str,
    pub booted: &'static str,
    pub predict: &'static str,
    pub question: &'static str,
    pub answer: &'static str,
    pub free_answer: &'static str,
    pub how_to_go_on: &'static str,
    pub how_to_choose: &'static str,
    pub how_to_choose_several: &'static str,
    pub how_to_answer: &'static str,
    pub watch: &'static str,
    pub explain: &'static str,
    pub wrong_answer: &'static str,
    pub check: &'static str,
    pub broken: &'static str,
    pub not_run: &'static str,
    pub as_expected: &'static str,
    pub expected: &'static str,
    pub got: &'static str,
    pub all_hold: &'static str,
    pub some_fail: &'static str,
    pub simulated: &'static str,
    /// Below it, if packets circled.
    pub storms: &'static str,
    pub packets: &'static str,
    /// Above what Docker's engine did.
    pub engine_did: &'static str,
    pub alike: &'static str,
    /// In place of the stops of a packet that circles.
    pub more_stops: &'static str,
    /// Where the trace was too short.
    pub forgotten: &'static str,
    pub because_of: &'static str,
    pub hint: &'static str,
    pub hints_left: &'static str,
    pub solution: &'static str,
    pub compared_later: &'static str,
    pub lesson_ends: &'static str,
}

static EN: Words = Words {
    lang: Lang::En,
    minutes: "{} min",
    level: "level {}",
    seed: "seed {}",
    goals: "Afterwards you can",
    machines: "Machines",
    booted: "up after {} of simulated time",
    predict: "Predict",
    question: "Question",
    answer: "Answer",
    free_answer: "in your own words",
    how_to_go_on: "Enter types it",
    how_to_choose: "a letter chooses, Enter takes it",
    how_to_choose_several: "letters choose, Enter takes them",
    how_to_answer: "type, Enter takes it",
    watch: "Watch",
    explain: "Why",
    wrong_answer: "If you chose {}",
    check: "Check",
    broken: "what does not hold before the repair; the repair follows",
    not_run: "shown, not run",
    as_expected: "as expected",
    expected: "expected",
    got: "got",
    all_hold: "All {} expectations hold.",
    some_fail: "{} of {} expectations do not hold:",
    simulated: "{} of simulated time, {} events, {} frames on the wire",
    storms: "{} packets circled in a loop without spanning tree until netsim stopped them",
    packets: "Packets that this command caused",
    engine_did: "What the engine did, as commands that do the same",
    alike: "{} more like it: {}",
    more_stops: "… {} more steps …",
    forgotten: "the first steps are no longer kept: {} newer ones pushed them out",
    because_of: "because of #{}",
    hint: "Hint",
    hints_left: "H: a hint ({} of {} taken)",
    solution: "What repairs it",
    compared_later: "compared when it has happened",
    lesson_ends: "The lesson ends here. The machines go on: try what you like.",
};

static ZH: Words = Words {
    lang: Lang::Zh,
    minutes: "{} 分钟",
    level: "难度 {}",
    seed: "种子 {}",
    goals: "学完之后你能",
    machines: "机器",
    booted: "模拟时间 {} 后全部启动",
    predict: "先预测",
    question: "问题",
    answer: "答案",
    free_answer: "用自己的话回答",
    how_to_go_on: "按回车执行",
    how_to_choose: "按字母选择,回车提交",
    how_to_choose_several: "按字母选择(可多选),回车提交",
    how_to_answer: "输入答案,回车提交",
    watch: "请观察",
    explain: "为什么",
    wrong_answer: "如果你选了 {}",
    check: "检查",
    broken: "修复之前不成立(下面是修复)",
    not_run: "只展示,不执行",
    as_expected: "符合预期",
    expected: "预期",
    got: "实际",
    all_hold: "{} 项预期全部成立。",
    some_fail: "{1} 项预期中有 {0} 项不成立:",
    simulated: "模拟时间 {},{} 个事件,线路上 {} 个帧",
    storms: "{} 个数据包在没有生成树的环路里打转,直到 netsim 把它们停下",
    packets: "这条命令引起的数据包",
    engine_did: "引擎所做的事，写成等效的命令",
    alike: "另有 {} 个与此相同:{}",
    more_stops: "… 还有 {} 步 …",
    forgotten: "最初的步骤已不再保留:它们被 {} 个更新的步骤挤出",
    because_of: "由 #{} 引起",
    hint: "提示",
    hints_left: "H:看一条提示(已看 {} / {})",
    solution: "修复方法",
    compared_later: "发生之后再对照",
    lesson_ends: "课程到此结束。机器还在运行,可以随意尝试。",
};

/// The title of a module of lessons; the name of its folder if it has none.
pub fn module(name: &str, lang: Lang) -> &str {
    match name {
        "linux" => lang.say("What containers are made of", "容器网络的组成"),
        "docker" => lang.say("Docker on one machine", "单机上的 Docker"),
        "lan" => lang.say("Containers on the LAN", "局域网上的容器"),
        "overlay" => lang.say("Overlay networks", "Overlay 网络"),
        "repair" => lang.say("Find and repair", "排查与修复"),
        other => other,
    }
}

/// Puts values into a sentence.
pub fn fill(sentence: &str, values: &[&dyn std::fmt::Display]) -> String {
    let mut text = String::new();
    let mut rest = sentence;
    let mut next = 0;
    while let Some(open) = rest.find('{') {
        let close = rest[open..].find('}').map_or(rest.len(), |at| open + at);
        text += &rest[..open];
        let number = rest[open + 1..close].parse().unwrap_or(next);
        next += 1;
        if let Some(value) = values.get(number) {
            text += &value.to_string();
        }
        rest = &rest[(close + 1).min(rest.len())..];
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_their_places() {
        assert_eq!(fill("{} of {}", &[&1, &"two"]), "1 of two");
        assert_eq!(fill(ZH.some_fail, &[&1, &9]), "9 项预期中有 1 项不成立:");
    }
}
