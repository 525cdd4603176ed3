//! Calendar time from seconds since 1970 (UTC), in the forms that tools print.

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

/// A moment, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Calendar {
    pub year: i64,
    pub month: u32,
    pub day: u32,
    pub hour: u64,
    pub minute: u64,
    pub second: u64,
    pub nanosecond: u64,
    weekday: usize,
}

impl Calendar {
    /// The moment so many seconds after the start of 1970.
    pub fn of(seconds: f64) -> Calendar {
        // A double has no more than microseconds to spare so far from 1970.
        let micros = (seconds.max(0.0) * 1e6).round() as u64;
        let (whole, nanosecond) = (micros / 1_000_000, micros % 1_000_000 * 1000);
        let (days, rest) = (whole / 86_400, whole % 86_400);
        let (year, month, day) = civil(days as i64);
        Calendar {
            year,
            month,
            day,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
            nanosecond,
            weekday: (days % 7) as usize,
        }
    }

    /// `2024-01-01T00:00:00.123456789Z`, with trailing zeros cut, as Docker prints it.
    pub fn rfc3339(&self) -> String {
        let fraction = format!("{:09}", self.nanosecond);
        let fraction = fraction.trim_end_matches('0');
        let dot = if fraction.is_empty() { "" } else { "." };
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{dot}{fraction}Z",
            self.year, self.month, self.day, self.hour, self.minute, self.second
        )
    }

    /// `2024-01-01T00:00:00.100000000Z`, with all its digits, as events and logs of containers have it.
    pub fn rfc3339_nanos(&self) -> String {
        let seconds = self.rfc3339_seconds();
        format!("{}.{:09}Z", seconds.trim_end_matches('Z'), self.nanosecond)
    }

    /// `2024-01-01 00:00:00.5 +0000 UTC`, as Go prints a time.
    pub fn go(&self) -> String {
        self.rfc3339().replace('T', " ").replace('Z', " +0000 UTC")
    }

    /// `2024-01-01T00:00:00Z`, as logs of Docker's parts print it.
    pub fn rfc3339_seconds(&self) -> String {
        Calendar { nanosecond: 0, ..*self }.rfc3339()
    }

    /// `Mon Jan  1 00:00:00 2024`, as iptables-save prints it.
    pub fn ctime(&self) -> String {
        format!(
            "{} {} {:>2} {:02}:{:02}:{:02} {}",
            DAYS[self.weekday],
            MONTHS[self.month as usize - 1],
            self.day,
            self.hour,
            self.minute,
            self.second,
            self.year
        )
    }

    /// `01/Jan/2024:00:00:00 +0000`, as web servers log it.
    pub fn access_log(&self) -> String {
        let month = MONTHS[self.month as usize - 1];
        format!(
            "{:02}/{month}/{}:{:02}:{:02}:{:02} +0000",
            self.day, self.year, self.hour, self.minute, self.second
        )
    }

    /// `Mon, 01 Jan 2024 00:00:00 GMT`, as HTTP has it.
    pub fn http(&self) -> String {
        format!(
            "{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
            DAYS[self.weekday],
            self.day,
            MONTHS[self.month as usize - 1],
            self.year,
            self.hour,
            self.minute,
            self.second
        )
    }
}

/// Year, month and day of a number of days since 1970-01-01 (the proleptic Gregorian calendar, counted
/// in eras of 400 years that begin in March).
fn civil(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted + 2) / 5 + 1) as u32;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 } as u32;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Seconds since 1970 from what [`Calendar::rfc3339`] printed.
pub fn parse_rfc3339(text: &str) -> Option<f64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let fraction = text.get(19..)?.trim_end_matches('Z');
    let fraction: f64 =
        if fraction.is_empty() { 0.0 } else { format!("0{fraction}").parse().ok()? };
    // Days since 1970, counted in eras of 400 years that begin in March.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let year_of_era = year.rem_euclid(400);
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    Some((days * 86_400 + hour * 3600 + minute * 60 + second) as f64 + fraction)
}

/// What `date` prints.
pub fn date_line(seconds: f64) -> String {
    let c = Calendar::of(seconds);
    format!(
        "{} {} {:>2} {:02}:{:02}:{:02} UTC {}",
        DAYS[c.weekday],
        MONTHS[c.month as usize - 1],
        c.day,
        c.hour,
        c.minute,
        c.second,
        c.year
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days() {
        assert_eq!(date_line(0.0), "Thu Jan  1 00:00:00 UTC 1970");
        assert_eq!(Calendar::of(1_704_067_200.5).rfc3339(), "2024-01-01T00:00:00.5Z");
        assert_eq!(parse_rfc3339("2024-01-01T00:00:00.5Z"), Some(1_704_067_200.5));
        assert_eq!(parse_rfc3339("2000-02-29T00:00:00Z"), Some(951_782_400.0));
        assert_eq!(parse_rfc3339("nonsense"), None);
        assert_eq!(Calendar::of(1_709_164_800.0).http(), "Thu, 29 Feb 2024 00:00:00 GMT");
        assert_eq!(Calendar::of(951_782_400.0).ctime(), "Tue Feb 29 00:00:00 2000");
    }
}
