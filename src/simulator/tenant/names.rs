//! Who the tenant deals with: companies in Japan and Europe, the partner's own people, applications.

use std::collections::HashSet;

use rand::{Rng, rngs::StdRng, seq::IndexedRandom};

use super::guid;

/// Microsoft's portal, by the id it signs records with.
pub const PORTAL: &str = "4990cffe-04e8-4e8b-808a-1175604b879f";
/// Applications that records name.
pub const NATIVE_APP: &str = "Partner Center Native App";
pub const FULFILLMENT: &str = "FulfillmentService";

/// A customer of the partner.
#[derive(Clone, Debug)]
pub struct Customer {
    /// Tenant id, a GUID in lower case.
    pub id: String,
    pub name: String,
    /// `….onmicrosoft.com`
    pub domain: String,
    pub country: &'static str,
}

/// Someone who works for the partner.
#[derive(Clone, Debug)]
pub struct Person {
    pub user_principal_name: String,
    /// Hours from UTC to this person's working day.
    pub hours_ahead: i64,
}

const STEMS_JA: &[(&str, &str)] = &[
    ("青葉", "aoba"),
    ("東海", "tokai"),
    ("北斗", "hokuto"),
    ("山手", "yamate"),
    ("光陽", "koyo"),
    ("瑞穂", "mizuho"),
    ("大和", "yamato"),
    ("若葉", "wakaba"),
    ("みなと", "minato"),
    ("さくら", "sakura"),
    ("富士見", "fujimi"),
    ("日の出", "hinode"),
    ("三河", "mikawa"),
    ("鶴見", "tsurumi"),
    ("信州", "shinshu"),
    ("瀬戸内", "setouchi"),
    ("博多", "hakata"),
    ("札幌", "sapporo"),
    ("金沢", "kanazawa"),
    ("高千穂", "takachiho"),
    ("渡邉", "watanabe"),
    ("髙橋", "takahashi"),
    ("アサヒナ", "asahina"),
    ("オリオン", "orion"),
    ("ネクスト", "next"),
];
const KINDS_JA: &[(&str, &str)] = &[
    ("商事", "shoji"),
    ("製作所", "works"),
    ("運輸", "unyu"),
    ("システムズ", "systems"),
    ("建設", "kensetsu"),
    ("食品", "foods"),
    ("化学工業", "chem"),
    ("精機", "seiki"),
    ("不動産", "estate"),
    ("クリニック", "clinic"),
    ("ホールディングス", "hd"),
    ("印刷", "print"),
];
const STEMS_EU: &[(&str, &str)] = &[
    ("Müller", "mueller"),
    ("O'Brien", "obrien"),
    ("Łódzki", "lodzki"),
    ("Ångström", "angstrom"),
    ("L'Étoile", "letoile"),
    ("Groß", "gross"),
    ("Nuñez", "nunez"),
    ("Čapek", "capek"),
    ("D'Angelo", "dangelo"),
    ("Brügge", "bruegge"),
    ("Ørsund", "orsund"),
    ("Saint-Exupéry", "saintex"),
    ("Kovács", "kovacs"),
    ("Fabrikam", "fabrikam"),
    ("Relecloud", "relecloud"),
    ("Tailspin", "tailspin"),
    ("Northwind", "northwind"),
    ("Wide World", "wideworld"),
    ("Björk", "bjork"),
    ("Papadópoulos", "papadopoulos"),
];
const KINDS_EU: &[(&str, &str, &str)] = &[
    (" GmbH", "gmbh", "DE"),
    (" & Söhne AG", "soehne", "CH"),
    (" & Fils S.A.R.L.", "fils", "FR"),
    (" S.p.A.", "spa", "IT"),
    (" & Sons Ltd", "sons", "GB"),
    (" Oy", "oy", "FI"),
    (" AB", "ab", "SE"),
    (" B.V.", "bv", "NL"),
    (" s.r.o.", "sro", "CZ"),
    (" S.L.", "sl", "ES"),
    (" Consulting & Partners", "consulting", "IE"),
    (" Sp. z o.o.", "spzoo", "PL"),
];
const GIVEN_JA: &[&str] = &[
    "haruka", "kenji", "yuki", "takumi", "aoi", "shota", "misaki", "ryo", "naoko", "daichi",
];
const FAMILY_JA: &[&str] = &[
    "sato",
    "suzuki",
    "takahashi",
    "tanaka",
    "ito",
    "watanabe",
    "yamamoto",
    "nakamura",
];
const PEOPLE_EU: &[&str] = &[
    "siobhan.o'brien",
    "juergen.mueller",
    "zoe.lefevre",
    "lukasz.wozniak",
    "ana.nunez",
    "giulia.d'angelo",
    "bjorn.angstrom",
    "katerina.capkova",
    "tom.van-dijk",
    "eleni.papadopoulou",
    "marie-claire.dubois",
    "svc.licensing",
];

/// `count` customers with different names and domains; about 60 % of them Japanese.
pub(super) fn customers(rng: &mut StdRng, count: usize) -> Vec<Customer> {
    let mut taken = HashSet::new();
    let mut misses = 0;
    let mut customers = Vec::with_capacity(count);
    while customers.len() < count {
        let (mut name, mut label, country) = if rng.random_bool(0.6) {
            japanese(rng)
        } else {
            european(rng)
        };
        if !taken.insert(label.clone()) {
            misses += 1;
            if misses < 4 * count {
                continue;
            }
            // There are only so many good names: from then on, branches with a number.
            let number = customers.len() + 1;
            name = if country == "JP" {
                format!("{name} 第{number}支店")
            } else {
                format!("{name} ({number})")
            };
            label = format!("{label}{number}");
        }
        customers.push(Customer {
            id: guid(rng),
            name,
            domain: format!("{label}.onmicrosoft.com"),
            country,
        });
    }
    customers
}

fn japanese(rng: &mut StdRng) -> (String, String, &'static str) {
    let (stem, stem_label) = STEMS_JA[rng.random_range(0..STEMS_JA.len())];
    let (kind, kind_label) = KINDS_JA[rng.random_range(0..KINDS_JA.len())];
    let name = match rng.random_range(0..10) {
        0..6 => format!("株式会社{stem}{kind}"),
        6..9 => format!("{stem}{kind}株式会社"),
        _ => format!("有限会社{stem}{kind}"),
    };
    (name, format!("{stem_label}{kind_label}"), "JP")
}

fn european(rng: &mut StdRng) -> (String, String, &'static str) {
    let (stem, stem_label) = STEMS_EU[rng.random_range(0..STEMS_EU.len())];
    let (kind, kind_label, country) = KINDS_EU[rng.random_range(0..KINDS_EU.len())];
    (
        format!("{stem}{kind}"),
        format!("{stem_label}{kind_label}"),
        country,
    )
}

/// 40 people: 28 in Japan, 12 in Europe.
pub(super) fn people(rng: &mut StdRng) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::with_capacity(40);
    while people.len() < 28 {
        let given = GIVEN_JA.choose(rng).expect("the list is not empty");
        let family = FAMILY_JA.choose(rng).expect("the list is not empty");
        let user_principal_name = format!("{given}.{family}@contoso.co.jp");
        if people
            .iter()
            .all(|known| known.user_principal_name != user_principal_name)
        {
            people.push(Person {
                user_principal_name,
                hours_ahead: 9,
            });
        }
    }
    people.extend(PEOPLE_EU.iter().map(|name| Person {
        user_principal_name: format!("{name}@contoso-partner.eu"),
        hours_ahead: 1,
    }));
    people
}
