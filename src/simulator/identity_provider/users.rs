//! The people who can sign in at the stand-in provider.

/// Object id of the partner tenant's `AdminAgents` group.
pub const ADMIN_AGENTS_GROUP: &str = "5a1f0c0e-7a64-4f52-9a35-0d6f4d9a1c01";
/// Object id of the partner tenant's `SalesAgents` group.
pub const SALES_AGENTS_GROUP: &str = "5a1f0c0e-7a64-4f52-9a35-0d6f4d9a1c02";
/// Object id of the partner tenant's `HelpdeskAgents` group.
pub const HELPDESK_AGENTS_GROUP: &str = "5a1f0c0e-7a64-4f52-9a35-0d6f4d9a1c03";
/// A group that grants nothing; everyone is in it.
pub const EVERYONE_GROUP: &str = "5a1f0c0e-7a64-4f52-9a35-0d6f4d9a1cff";

/// Directory role template of Global Administrator.
pub const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
/// Directory role template of Billing Administrator.
pub const BILLING_ADMINISTRATOR: &str = "b0f54661-2d74-4c50-afa3-1ec803f12efe";
/// Directory role template of User Administrator.
pub const USER_ADMINISTRATOR: &str = "fe930be7-5e62-47db-91af-98c3a49a38b1";
/// Directory role template of Helpdesk Administrator, who is no Helpdesk agent of Partner Center.
pub const HELPDESK_ADMINISTRATOR: &str = "729827e3-9c14-49f7-bb1b-9608f156bbb8";
/// What every member of a directory bears in `wids`; it grants nothing.
const PLAIN_USER: &str = "b79fbf4d-3ef9-4689-8143-76b194e85509";

/// Someone the provider knows.
#[derive(Clone, Debug)]
pub struct User {
    /// The object id (`oid`).
    pub id: String,
    pub name: String,
    pub preferred_username: String,
    /// Template ids of directory roles.
    pub wids: Vec<String>,
    /// Object ids of groups.
    pub groups: Vec<String>,
    /// App roles.
    pub roles: Vec<String>,
    /// Too many groups for a token: it says where to ask instead.
    pub groups_overage: bool,
    /// The role in English and Japanese, for the sign-in page.
    pub role: (&'static str, &'static str),
}

impl User {
    fn new(number: u8, name: &str, preferred_username: &str, role: (&'static str, &'static str)) -> Self {
        Self {
            id: format!("9c0d1e2f-3a4b-4c5d-8e6f-7081929394{number:02x}"),
            name: name.into(),
            preferred_username: preferred_username.into(),
            wids: vec![PLAIN_USER.into()],
            groups: vec![EVERYONE_GROUP.into()],
            roles: Vec::new(),
            groups_overage: false,
            role,
        }
    }

    fn with_directory_role(mut self, template_id: &str) -> Self {
        self.wids.insert(0, template_id.into());
        self
    }

    fn in_group(mut self, group: &str) -> Self {
        self.groups.push(group.into());
        self
    }
}

/// One user for each of the six roles that may see the log, and one who has none of them.
pub fn demo_users() -> Vec<User> {
    vec![
        User::new(
            1,
            "佐藤 遥",
            "haruka.sato@contoso.co.jp",
            ("Global admin", "グローバル管理者"),
        )
        .with_directory_role(GLOBAL_ADMINISTRATOR),
        User::new(
            2,
            "Jürgen Müller",
            "juergen.mueller@contoso-partner.eu",
            ("Billing admin", "課金管理者"),
        )
        .with_directory_role(BILLING_ADMINISTRATOR),
        User::new(
            3,
            "鈴木 健司",
            "kenji.suzuki@contoso.co.jp",
            ("User management admin", "ユーザー管理の管理者"),
        )
        .with_directory_role(USER_ADMINISTRATOR),
        User::new(
            4,
            "Siobhán O'Brien",
            "siobhan.o'brien@contoso-partner.eu",
            ("Admin agent", "管理エージェント"),
        )
        .in_group(ADMIN_AGENTS_GROUP),
        User::new(
            5,
            "髙橋 美咲",
            "misaki.takahashi@contoso.co.jp",
            ("Sales agent", "セールス エージェント"),
        )
        .in_group(SALES_AGENTS_GROUP),
        User::new(
            6,
            "Łukasz Woźniak",
            "lukasz.wozniak@contoso-partner.eu",
            ("Helpdesk agent", "ヘルプデスク エージェント"),
        )
        .in_group(HELPDESK_AGENTS_GROUP),
        User::new(
            7,
            "田中 大地",
            "daichi.tanaka@contoso.co.jp",
            ("No role in Partner Center", "パートナー センターのロールなし"),
        )
        .with_directory_role(HELPDESK_ADMINISTRATOR),
    ]
}

/// An Admin agent with more groups than a token can hold.
pub fn overage_user() -> User {
    let mut user = User::new(
        8,
        "Zoé Lefèvre",
        "zoe.lefevre@contoso-partner.eu",
        ("Admin agent, 250 groups", "管理エージェント (250 グループ)"),
    )
    .in_group(ADMIN_AGENTS_GROUP);
    user.groups
        .extend((0..250).map(|n| format!("5a1f0c0e-7a64-4f52-9a35-0d6f4d9b{n:04x}")));
    user.groups_overage = true;
    user
}
