use super::*;

fn utc(text: &str, order: Option<DateOrder>, zone: Tz) -> Option<String> {
    let at = parse(text)?.moment(order, zone).ok()?.at.to_rfc3339()?;
    Some(at.replace(".0000000Z", "Z"))
}

#[test]
fn a_date_is_read_in_every_form_that_is_sure_of_itself() {
    for text in [
        "2026-08-14T21:05:07Z",
        "2026-08-14T21:05:07.0000000Z",
        "2026-08-14 21:05:07",
        "2026-08-14T21:05:07+00:00",
        "2026-08-15T06:05:07+0900",
        "2026/08/14 21:05:07",
        "2026/8/14 21:05:07",
        "14.08.2026 21:05:07",
        "14.8.2026, 21:05:07",
        "14.8.2026 21.05.07",
        "14.8.2026 klo 21.05.07",
        "2026. 8. 14. 오후 9:05:07",
        "2026년 8월 14일 오후 9:05:07",
        "2026年8月14日 21:05:07",
        "2026年8月14日(金) 21時05分07秒",
        "２０２６年８月１４日　２１：０５：０７",
        "令和8年8月14日 21:05:07",
        "2026/8/14 午後9:05:07",
        "2026/8/14 下午9:05:07",
        "14 August 2026 21:05:07",
        "14 Aug 2026, 9:05:07 pm",
        "August 14, 2026 9:05:07 PM",
        "Friday, August 14, 2026 9:05:07 PM",
        "Aug 14, 2026, 9:05:07\u{202f}PM",
        "14-Aug-2026 21:05:07",
        "14. August 2026 um 21:05:07",
        "14 août 2026 à 21:05:07",
        "14 de agosto de 2026 21:05:07",
        "\u{200e}14.08.2026 \u{200e}21:05:07",
        "2026-08-14 21:05:07 UTC",
        "2026-08-14 21:05:07 GMT",
        "2026-08-15 06:05:07 UTC+9",
        "2026-08-14 09:05:07 p. m.",
        "2026-08-14 9:05:07 nachm.",
    ] {
        assert_eq!(
            utc(text, None, Tz::UTC).as_deref(),
            Some("2026-08-14T21:05:07Z"),
            "{text}"
        );
    }
}

#[test]
fn three_numbers_are_read_in_the_order_that_is_said() {
    for (text, order, expected) in [
        (
            "8/14/2026 9:05:07 PM",
            DateOrder::MonthFirst,
            "2026-08-14T21:05:07Z",
        ),
        ("14/08/2026 21:05:07", DateOrder::DayFirst, "2026-08-14T21:05:07Z"),
        (
            "14/08/2026, 9:05:07 p.m.",
            DateOrder::DayFirst,
            "2026-08-14T21:05:07Z",
        ),
        ("14-08-2026 21:05:07", DateOrder::DayFirst, "2026-08-14T21:05:07Z"),
        ("14/08/26 21:05", DateOrder::DayFirst, "2026-08-14T21:05:00Z"),
        ("26/08/14 21:05", DateOrder::YearFirst, "2026-08-14T21:05:00Z"),
        (
            "1/2/2026 12:00:00 AM",
            DateOrder::MonthFirst,
            "2026-01-02T00:00:00Z",
        ),
        ("1/2/2026 12:00 PM", DateOrder::DayFirst, "2026-02-01T12:00:00Z"),
        ("1/2/2026", DateOrder::DayFirst, "2026-02-01T00:00:00Z"),
        ("21:05:07 14/08/2026", DateOrder::DayFirst, "2026-08-14T21:05:07Z"),
    ] {
        assert_eq!(
            utc(text, Some(order), Tz::UTC).as_deref(),
            Some(expected),
            "{text}"
        );
    }
}

#[test]
fn what_is_no_date_is_none() {
    for text in [
        "",
        "Contoso",
        "14/14/2026 10:00",
        "2026-02-30",
        "1/2",
        "1/2/3/4",
        "2026-08-14 25:00",
        "2026-08-14 10:61",
        "2026-08-14 13:00 AM",
        "2026-08-14 junk",
        "0001-01-01",
        "12:00",
        "2026-08-14T21:05:07Z extra",
        "99999999999999999999",
        "taro@contoso.com",
        "32 Aug 2026",
        "2026-08-14 10:00 +99:00",
        "\u{0}",
    ] {
        assert_eq!(parse(text), None, "{text}");
    }
    assert_eq!(parse(&"1".repeat(10_000)), None);
}

#[test]
fn how_exact_a_time_is() {
    let precision = |text| parse(text).unwrap().precision;
    assert_eq!(precision("2026-08-14 21:05:07"), 1);
    assert_eq!(precision("2026-08-14 21:05"), 60);
    assert_eq!(precision("2026-08-14"), 86_400);
}

fn decided(texts: &[&str]) -> Decided {
    let mut orders = Orders::default();
    for text in texts {
        orders.add(&parse(text).unwrap(), text);
    }
    orders.decided()
}

#[test]
fn the_order_is_decided_by_all_dates_together() {
    use DateOrder::{DayFirst, MonthFirst, YearFirst};
    let sure = |order| Decided::Order(Some(order));
    assert_eq!(decided(&["1/2/2026", "1/13/2026"]), sure(MonthFirst));
    assert_eq!(decided(&["1/2/2026", "13/1/2026"]), sure(DayFirst));
    assert_eq!(
        decided(&["26/02/01", "26/02/28", "26/12/31", "00/01/31"]),
        sure(YearFirst)
    );
    assert_eq!(decided(&["2026-08-14", "14.08.2026"]), Decided::Order(None));
    // In no order does the fifth of May differ.
    assert!(matches!(decided(&["5/5/2026"]), Decided::Order(Some(_))));
    assert_eq!(
        decided(&["5/5/2026", "1/2/2026", "3/4/2026"]),
        Decided::Open {
            sample: "1/2/2026".to_owned(),
            contradictory: false
        }
    );
    assert_eq!(
        decided(&["13/1/2026", "1/13/2026"]),
        Decided::Open {
            sample: "13/1/2026".to_owned(),
            contradictory: true
        }
    );
}

#[test]
fn a_time_means_what_clocks_of_its_zone_showed() {
    let tokyo = utc("2026/8/14 21:05:07", None, Tz::Asia__Tokyo);
    assert_eq!(tokyo.as_deref(), Some("2026-08-14T12:05:07Z"));
    let skipped = parse("2026-03-29 02:30").unwrap();
    assert_eq!(skipped.moment(None, Tz::Europe__Berlin), Err(Unclear::Skipped));
    let twice = parse("2026-10-25 02:30").unwrap();
    let twice = twice.moment(None, Tz::Europe__Berlin).unwrap();
    assert_eq!(twice.again.unwrap().0 - twice.at.0, 36_000_000_000);
    let named = utc("2026-08-14T21:05:07Z", None, Tz::Asia__Tokyo);
    assert_eq!(named.as_deref(), Some("2026-08-14T21:05:07Z"));
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in ".*") {
        let _ = parse(&text);
    }

    #[test]
    fn nothing_like_a_date_panics(text in "[0-9/.: apmTZ年月日+-]{0,30}") {
        if let Some(written) = parse(&text) {
            let _ = written.moment(None, Tz::UTC);
        }
    }
}
