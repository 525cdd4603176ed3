use super::*;

const NOW: Time = Time::ZERO;

fn options(kind: SetKind) -> SetOptions {
    SetOptions {
        kind,
        timeout: None,
        max_elements: 3,
        counters: false,
        comment: false,
        hash_size: 1024,
        bucket_size: 12,
        initval: 0,
    }
}

fn entry(net: &str) -> SetEntry {
    SetEntry { net: net.parse().unwrap(), port: None }
}

#[test]
fn the_smallest_network_decides() {
    let mut set = AddressSet::new(options(SetKind::Net));
    set.add(entry("10.0.0.0/8"), Element::default(), false, NOW).unwrap();
    let exception = Element { nomatch: true, ..Element::default() };
    set.add(entry("10.1.0.0/16"), exception, false, NOW).unwrap();
    assert!(set.contains(entry("10.2.0.1/32"), NOW));
    assert!(!set.contains(entry("10.1.0.1/32"), NOW));
    assert!(set.contains(entry("10.0.0.0/8"), NOW));
    assert!(!set.contains(entry("10.2.0.0/16"), NOW));
}

#[test]
fn an_entry_ends_and_leaves_its_place() {
    let mut set = AddressSet::new(SetOptions { max_elements: 1, ..options(SetKind::Ip) });
    let short = Element { ends: end(NOW, 5), ..Element::default() };
    set.add(entry("10.0.0.1/32"), short, false, NOW).unwrap();
    let other = entry("10.0.0.2/32");
    assert_eq!(set.add(other, Element::default(), false, NOW), Err(SetError::Full));
    let later = NOW + Span::secs(6);
    assert!(!set.contains(entry("10.0.0.1/32"), later));
    assert_eq!(set.add(other, Element::default(), false, later), Ok(()));
    assert_eq!(set.add(other, Element::default(), false, later), Err(SetError::EntryExists));
    assert_eq!(set.add(other, Element::default(), true, later), Ok(()));
}

#[test]
fn sets_of_one_kind_are_swapped() {
    let mut sets = Sets::default();
    sets.create("a", options(SetKind::Ip), false).unwrap();
    sets.create("b", options(SetKind::Ip), false).unwrap();
    sets.create("n", options(SetKind::Net), false).unwrap();
    sets.add("a", entry("10.0.0.1/32"), Element::default(), false, NOW).unwrap();
    sets.swap("a", "b").unwrap();
    assert!(sets.get("b").unwrap().contains(entry("10.0.0.1/32"), NOW));
    assert_eq!(sets.swap("a", "n"), Err(SetError::KindsDiffer));
    assert_eq!(sets.swap("a", "q"), Err(SetError::NoSecondSet));
}
