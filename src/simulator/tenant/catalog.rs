//! What the partner sells: classic offers and new-commerce products, and licence SKUs.

/// Something that can be ordered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Product {
    pub(super) name: &'static str,
    /// A GUID for classic offers, `product:sku:availability` for new commerce.
    pub(super) offer_id: &'static str,
    /// The unit: `Licenses`, `Usage-based` or `none`.
    pub(super) unit: &'static str,
    /// `(id, displayName)` of the product type.
    pub(super) kind: (&'static str, &'static str),
}

impl Product {
    /// New commerce has terms; classic offers have not.
    pub(super) fn is_new_commerce(&self) -> bool {
        self.offer_id.contains(':')
    }

    pub(super) fn is_trial(&self) -> bool {
        self.name.ends_with("Trial")
    }

    pub(super) fn is_usage_based(&self) -> bool {
        self.unit == "Usage-based"
    }
}

const fn online(name: &'static str, offer_id: &'static str) -> Product {
    Product {
        name,
        offer_id,
        unit: "Licenses",
        kind: ("OnlineServicesNCE", "OnlineServicesNCE"),
    }
}

const fn classic(name: &'static str, offer_id: &'static str) -> Product {
    Product {
        name,
        offer_id,
        unit: "Licenses",
        kind: ("OnlineServices", "OnlineServices"),
    }
}

/// The better sold come first.
pub(super) const PRODUCTS: &[Product] = &[
    online("Microsoft 365 Business Premium", "CFQ7TTC0LCHC:0002:CFQ7TTC0W9Q2"),
    online("Microsoft 365 E3", "CFQ7TTC0LFLX:0001:CFQ7TTC0T9BZ"),
    online(
        "Microsoft 365 Business Standard",
        "CFQ7TTC0LDPB:0001:CFQ7TTC0K8S1",
    ),
    online("Microsoft 365 Business Basic", "CFQ7TTC0LH18:0001:CFQ7TTC0RN7T"),
    Product {
        name: "Azure plan",
        offer_id: "DZH318Z0BPS6:0001:DZH318Z0BMSF",
        unit: "Usage-based",
        kind: ("Azure", "Azure"),
    },
    online("Exchange Online (Plan 1)", "CFQ7TTC0LH16:0001:CFQ7TTC0KZ0D"),
    online("Visio Plan 2", "CFQ7TTC0HD32:0002:CFQ7TTC0X6WJ"),
    online("Power BI Pro", "CFQ7TTC0H9MP:0001:CFQ7TTC0VJ4M"),
    online("Microsoft 365 E5", "CFQ7TTC0LFLZ:0002:CFQ7TTC0Q1PD"),
    online("Microsoft 365 F3", "CFQ7TTC0LH05:0001:CFQ7TTC0S5RL"),
    online("Project Plan 3", "CFQ7TTC0HDB0:0002:CFQ7TTC0M3GK"),
    online(
        "Dynamics 365 Sales Enterprise Edition",
        "CFQ7TTC0LFF1:000J:CFQ7TTC0JX8V",
    ),
    online(
        "Dynamics 365 Business Central Essentials",
        "CFQ7TTC0HM9S:0001:CFQ7TTC0ZQ3H",
    ),
    online("Microsoft Entra ID P2", "CFQ7TTC0LFK5:0001:CFQ7TTC0N2CW"),
    online(
        "Microsoft Defender for Business",
        "CFQ7TTC0J1GB:0005:CFQ7TTC0BF7N",
    ),
    online("Microsoft 365 Copilot", "CFQ7TTC0MM8R:0002:CFQ7TTC0D4TS"),
    online(
        "Windows 365 Business 2 vCPU, 8 GB, 128 GB",
        "CFQ7TTC0HX58:001P:CFQ7TTC0L6XA",
    ),
    classic(
        "Office 365 Business Premium Trial",
        "C0BD2E08-11AC-4836-BDC7-3712E744922F",
    ),
    classic("Office 365 Enterprise E3", "796B6B5F-613C-4E24-A17C-EBA730D49C02"),
    classic(
        "Exchange Online Protection",
        "D903A2DB-BF6F-4434-83F1-21BA44017813",
    ),
    classic(
        "Enterprise Mobility + Security E3",
        "79C29AF7-3CD0-4A6F-B182-A81E31DEC84E",
    ),
    Product {
        name: "Microsoft Azure (0145P)",
        offer_id: "MS-AZR-0145P",
        unit: "Usage-based",
        kind: ("Azure", "Azure"),
    },
    Product {
        name: "SQL Server Enterprise - 2 Core License Pack - 3 year",
        offer_id: "DG7GMGF0FKZV:0003:DG7GMGF0DQLM",
        unit: "Licenses",
        kind: ("Software", "Software"),
    },
    Product {
        name: "SaaS custom meter offer - Bronze",
        offer_id: "DZH318Z0C964:0001:DZH318Z0BZDG",
        unit: "none",
        kind: ("SaaS", "Software as a Service"),
    },
];

/// SKU ids of licences that users get and lose.
pub(super) const LICENSE_SKUS: &[&str] = &[
    "05e9a617-0261-4cee-bb44-138d3ef5d965",
    "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46",
    "f245ecc8-75af-4f8e-b61f-27d8114de5f3",
    "c5928f49-12ba-48f7-ada3-0d743a3601d5",
    "53818b1b-4a27-454b-8896-0dba576410e6",
    "4b9405b0-7788-4568-add1-99614e613b69",
    "f8a1db68-be16-40ed-86d5-cb42ce701560",
    "efccb6f7-5641-4e0e-bd10-b4976e1bf68e",
];
