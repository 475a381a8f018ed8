//! The words of exported files: what columns are called and what actions are, in the languages they are written in.

use std::{collections::HashMap, sync::LazyLock};

use crate::{
    audit::{fold::fold, vocabulary::KNOWN_OPERATIONS},
    i18n::Lang,
};

/// What the four columns of Partner Center's page are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Column {
    Date,
    Customer,
    Action,
    User,
}

/// What the columns are called in Microsoft's languages, old and new.
const HEADERS: &[(Column, &[&str])] = &[
    (
        Column::Date,
        &[
            "Date-Time",
            "Date",
            "Timestamp",
            "Time",
            "Date (UTC)",
            "日時",
            "日付",
            "日付と時刻",
            "時刻",
            "Datum/Uhrzeit",
            "Datum und Uhrzeit",
            "Datum/Zeit",
            "Datum",
            "Zeitpunkt",
            "Date/Heure",
            "Date et heure",
            "Fecha y hora",
            "Fecha/hora",
            "Fecha",
            "Data e hora",
            "Data/hora",
            "Data",
            "Data e ora",
            "Data/ora",
            "Datum/tijd",
            "Datum en tijd",
            "Datum/tid",
            "Datum och tid",
            "Dato/klokkeslæt",
            "Dato og klokkeslæt",
            "Dato",
            "Dato/klokkeslett",
            "Päivämäärä ja aika",
            "Päivämäärä",
            "Data i godzina",
            "Data/godzina",
            "Datum a čas",
            "Datum/čas",
            "Дата и время",
            "Дата/время",
            "Дата",
            "Tarih/Saat",
            "Tarih ve saat",
            "Tarih",
            "日期时间",
            "日期和时间",
            "日期/时间",
            "日期",
            "日期時間",
            "日期與時間",
            "日期/時間",
            "날짜/시간",
            "날짜 및 시간",
            "날짜",
            "Ngày giờ",
            "Tanggal/Waktu",
            "วันที่และเวลา",
            "תאריך ושעה",
            "التاريخ والوقت",
        ],
    ),
    (
        Column::Customer,
        &[
            "Affected customer",
            "Customer",
            "Customer name",
            "Company name",
            "影響を受ける顧客",
            "影響を受けるユーザー",
            "影響を受けた顧客",
            "顧客",
            "顧客名",
            "会社名",
            "Betroffener Kunde",
            "Kunde",
            "Client concerné",
            "Client affecté",
            "Client",
            "Cliente afectado",
            "Cliente",
            "Cliente afetado",
            "Cliente interessato",
            "Betrokken klant",
            "Getroffen klant",
            "Klant",
            "Berörd kund",
            "Påverkad kund",
            "Kund",
            "Berørt kunde",
            "Asiakas",
            "Klient",
            "Zákazník",
            "Затронутый клиент",
            "Клиент",
            "Etkilenen müşteri",
            "Müşteri",
            "受影响的客户",
            "客户",
            "受影響的客戶",
            "客戶",
            "영향을 받는 고객",
            "영향 받는 고객",
            "고객",
        ],
    ),
    (
        Column::Action,
        &[
            "Action",
            "Activity",
            "Operation",
            "アクション",
            "操作",
            "操作の種類",
            "Aktion",
            "Aktivität",
            "Acción",
            "Ação",
            "Azione",
            "Actie",
            "Åtgärd",
            "Handling",
            "Toiminto",
            "Akcja",
            "Akce",
            "Действие",
            "Eylem",
            "İşlem",
            "动作",
            "動作",
            "작업",
            "동작",
            "Hành động",
            "Tindakan",
        ],
    ),
    (
        Column::User,
        &[
            "Partner user",
            "User",
            "Performed by",
            "Initiated by",
            "User principal name",
            "パートナー ユーザー",
            "ユーザー",
            "実行者",
            "Partnerbenutzer",
            "Benutzer",
            "Ausgeführt von",
            "Utilisateur partenaire",
            "Utilisateur du partenaire",
            "Utilisateur",
            "Effectué par",
            "Usuario asociado",
            "Usuario del asociado",
            "Usuario de partner",
            "Usuario",
            "Usuário do parceiro",
            "Usuário",
            "Utilizador do parceiro",
            "Utente partner",
            "Utente del partner",
            "Utente",
            "Partnergebruiker",
            "Gebruiker",
            "Partneranvändare",
            "Användare",
            "Partnerbruger",
            "Bruger",
            "Partnerbruker",
            "Bruker",
            "Kumppanikäyttäjä",
            "Käyttäjä",
            "Użytkownik partnera",
            "Użytkownik",
            "Uživatel partnera",
            "Uživatel",
            "Пользователь партнера",
            "Пользователь",
            "İş ortağı kullanıcısı",
            "Kullanıcı",
            "合作伙伴用户",
            "用户",
            "合作夥伴使用者",
            "使用者",
            "파트너 사용자",
            "사용자",
        ],
    ),
];

/// Only letters and digits count, in any case and width.
fn plain(text: &str) -> String {
    fold(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// What a column of that name is. What stands in brackets after it does not count.
pub(super) fn column(header: &str) -> Option<Column> {
    static ALL: LazyLock<HashMap<String, Column>> = LazyLock::new(|| {
        let of = |(column, names): &(Column, &[&str])| {
            let column = *column;
            names
                .iter()
                .map(move |name| (plain(name), column))
                .collect::<Vec<_>>()
        };
        HEADERS.iter().flat_map(of).collect()
    });
    let name = header.split(['(', '（', '[']).next().unwrap_or_default();
    ALL.get(&plain(header)).or_else(|| ALL.get(&plain(name))).copied()
}

/// The wire's name of an action where its words are a label of it, or its name in any notation; else the words.
pub(super) fn operation(words: &str) -> String {
    static ALL: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
        let of = |(wire, _): &(&'static str, _)| {
            let label = |lang: Lang| plain(&lang.t(&format!("action-{wire}")));
            [(plain(wire), *wire)]
                .into_iter()
                .chain(Lang::ALL.map(|lang| (label(lang), *wire)))
                .collect::<Vec<_>>()
        };
        KNOWN_OPERATIONS.iter().flat_map(of).collect()
    });
    let words = words.trim();
    // Unknown ones are exported as: Some new operation (`some_new_operation`).
    if let Some((_, wire)) = words.strip_suffix("`)").and_then(|words| words.rsplit_once("(`")) {
        return wire.to_owned();
    }
    ALL.get(&plain(words))
        .map_or_else(|| words.to_owned(), |wire| (*wire).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_known_by_its_label_and_by_its_name_in_any_notation() {
        for words in [
            "Created an order",
            "created an order ",
            "注文を作成した",
            "Create order",
            "CreateOrder",
            "create_order",
        ] {
            assert_eq!(operation(words), "create_order", "{words}");
        }
        assert_eq!(
            operation("Some new operation (`some_new_operation`)"),
            "some_new_operation"
        );
        assert_eq!(operation("Bestellung erstellt"), "Bestellung erstellt");
    }

    #[test]
    fn no_two_actions_share_a_label() {
        for (wire, _) in KNOWN_OPERATIONS {
            for lang in Lang::ALL {
                assert_eq!(operation(&lang.t(&format!("action-{wire}"))), *wire);
            }
        }
    }

    #[test]
    fn columns_are_known_in_many_languages() {
        for (header, expected) in [
            ("Date-Time", Column::Date),
            ("Date-Time (UTC)", Column::Date),
            ("日時 (Asia/Tokyo)", Column::Date),
            ("DATE/TIME", Column::Date),
            ("影響を受ける顧客", Column::Customer),
            ("Client concerné", Column::Customer),
            ("Aktion", Column::Action),
            ("パートナーユーザー", Column::User),
        ] {
            assert_eq!(column(header), Some(expected), "{header}");
        }
        assert_eq!(column("Quantity"), None);
        assert_eq!(column(""), None);
    }
}
