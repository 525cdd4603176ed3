//! What the programs of iputils (`ping`, `arping`, `tracepath`) have in common.

use crate::kernel::Errno;

use super::Failure;
use super::numbers::{self, Integer};

/// The version that is simulated.
pub const VERSION: &str = "20221126";

/// What `-V` prints.
pub fn version(name: &str) -> String {
    format!(
        "{name} from iputils {VERSION}\nlibcap: yes, IDN: yes, NLS: no, error.h: yes, \
         getrandom(): yes, __fpending(): yes\n"
    )
}

/// The number that an option takes, or why it is none.
pub fn number(name: &str, text: &str, min: i64, max: i64) -> Result<i64, Failure> {
    let complaint = match numbers::integer(text) {
        Integer::Value(value) if (min..=max).contains(&value) => return Ok(value),
        Integer::Value(_) => format!("'{text}': out of range: {min} <= value <= {max}"),
        Integer::TooLarge => format!("'{text}': {}", Errno::ERANGE),
        Integer::Garbage => format!("'{text}'"),
    };
    Err(Failure::of(name, 1, format!("invalid argument: {complaint}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_number_is_quoted() {
        let text = |number: Result<i64, Failure>| number.unwrap_err().text;
        assert_eq!(number("ping", "3", 1, 9), Ok(3));
        assert_eq!(
            text(number("ping", "0", 1, 9)),
            "ping: invalid argument: '0': out of range: 1 <= value <= 9\n"
        );
        assert_eq!(text(number("ping", "x", 1, 9)), "ping: invalid argument: 'x'\n");
        assert_eq!(
            text(number("ping", "99999999999999999999", 1, 9)),
            "ping: invalid argument: '99999999999999999999': Numerical result out of range\n"
        );
    }
}
