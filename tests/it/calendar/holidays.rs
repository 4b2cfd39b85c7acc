//! The holidays that are compiled in.

use signoff::domain::holidays::{Region, holidays, regions, years};

use super::on;

fn region(code: &str) -> Region {
    Region::parse(code).expect("a region")
}

fn holiday(code: &str, date: &str) -> Option<String> {
    holidays(region(code)).remove(&on(date))
}

#[test]
fn berlin_has_womens_day_and_the_days_of_germany() {
    assert_eq!(holiday("DE-BE", "2026-03-08").as_deref(), Some("Women's Day"));
    assert_eq!(holiday("DE", "2026-03-08"), None);
    assert_eq!(
        holiday("DE-BE", "2026-10-03").as_deref(),
        Some("German Unity Day")
    );
}

#[test]
fn thanksgiving_is_the_fourth_thursday() {
    assert_eq!(holiday("US", "2026-11-26").as_deref(), Some("Thanksgiving Day"));
    assert_eq!(
        holidays(region("US")).len(),
        holidays(region("US")).range(on("2025-01-01")..).count()
    );
}

#[test]
fn a_subdivision_can_do_without_a_national_day() {
    assert!(holiday("AU", "2031-01-26").is_some());
    assert_eq!(holiday("AU-ACT", "2031-01-26"), None);
}

#[test]
fn every_region_can_be_read() {
    let codes: Vec<&str> = regions().map(Region::code).collect();
    assert_eq!(codes.len(), 704);
    let mut seen = Vec::new();
    for line in include_str!("../../../config/holidays.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let columns: Vec<&str> = line.split('\t').collect();
        let [code, date, name] = columns[..] else {
            panic!("{line}")
        };
        assert!(!name.is_empty() && on(date).to_string() == date, "{line}");
        assert!(years().contains(&date[..4].parse().expect("a year")), "{line}");
        // `holidays` reads one run of lines: a region's must stand together.
        if seen.last() != Some(&code) {
            assert!(!seen.contains(&code), "{line}");
            seen.push(code);
        }
        let country = code.split('-').next().expect("a country");
        assert!(seen.contains(&country) || codes.contains(&country), "{line}");
    }
    assert_eq!(seen, codes);
    for year in [*years().start(), *years().end()] {
        assert!(holidays(region("DE")).contains_key(&on(&format!("{year}-05-01"))));
    }
}

#[test]
fn an_unknown_region_names_what_to_use() {
    let near = |code: &str| Region::parse(code).expect_err("unknown").near;
    assert_eq!(near("DE-XX").first().map(String::as_str), Some("DE"));
    assert!(near("de-be").contains(&"DE-BE".to_owned()));
    assert_eq!(near("Atlantis"), Vec::<String>::new());
    let error = serde_json::from_str::<Region>("\"DE-XX\"")
        .expect_err("unknown")
        .to_string();
    assert!(
        error.starts_with("no holidays known for region \"DE-XX\"; did you mean DE"),
        "{error}"
    );
    assert_eq!(
        serde_json::from_str::<Region>("\"DE-BE\"").expect("a region"),
        region("DE-BE")
    );
}
