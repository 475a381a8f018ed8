//! Products by the ids of their licences' SKUs, as Microsoft's "Product names and service plan identifiers for licensing"
//! lists them (as of October 2025; those that partners sell most).

/// In the order of the ids.
pub(super) const PRODUCTS: &[(&str, &str)] = &[
    (
        "00e1ec7b-e4a3-40d1-9441-b69b597ab222",
        "Microsoft 365 Business Premium (no Teams)",
    ),
    ("05e9a617-0261-4cee-bb44-138d3ef5d965", "Microsoft 365 E3"),
    ("061f9ace-7d42-4136-88ac-31dc755f143f", "Intune"),
    ("06ebc4ee-1bb5-47dd-8120-11324bc54e06", "Microsoft 365 E5"),
    ("078d2b04-f1bd-4111-bbd4-b4b1b354cef4", "Microsoft Entra ID P1"),
    ("09015f9f-377f-4538-bbb5-f75ceb09358a", "Project Online Premium"),
    (
        "0c266dff-15dd-4b49-8397-2bb16070ed52",
        "Microsoft 365 Audio Conferencing",
    ),
    (
        "111046dd-295b-4d6d-9724-d52ac90bd1f2",
        "Microsoft Defender for Endpoint",
    ),
    (
        "16a55f2f-ff35-4cd5-9146-fb784e3761a5",
        "Microsoft Defender for Endpoint P1",
    ),
    ("18181a46-0d4e-45cd-891e-60aabd171b4e", "Office 365 E1"),
    ("19ec0d23-8335-4cbd-94ac-6050e30712fa", "Exchange Online (Plan 2)"),
    (
        "1fc08a02-8b3d-43b9-831e-f76859e04e1a",
        "SharePoint Online (Plan 1)",
    ),
    (
        "21502a13-c8dc-4744-be9c-177fd9d2eafc",
        "Microsoft 365 Business Basic (no Teams)",
    ),
    (
        "36a0f3b3-adb5-49ea-bf66-762134cf063a",
        "Microsoft Teams Premium Introductory Pricing",
    ),
    (
        "3ab6abff-666f-4424-bfb7-f0bc274ec7bc",
        "Microsoft Teams Essentials (Microsoft Entra identity)",
    ),
    (
        "3b555118-da6a-4418-894f-7df1e2096870",
        "Microsoft 365 Business Basic",
    ),
    (
        "3dd6cf57-d688-4eed-ba52-9e40b5468c3e",
        "Microsoft Defender for Office 365 (Plan 2)",
    ),
    (
        "440eaaa8-b3e0-484b-a8be-62870b9ba70a",
        "Microsoft Teams Phone Resource Account",
    ),
    ("44575883-256e-4a79-9da4-ebe9acabe2b2", "Microsoft 365 F1"),
    (
        "488ba24a-39a9-4473-8ee5-19291e71b002",
        "Windows 10/11 Enterprise E5",
    ),
    ("4b244418-9658-4451-a2b8-b5e2b364e9bd", "Visio Plan 1"),
    ("4b585984-651b-448a-9e53-3b10f069cf7f", "Office 365 F3"),
    ("4b9405b0-7788-4568-add1-99614e613b69", "Exchange Online (Plan 1)"),
    (
        "4cde982a-ede4-4409-9ae6-b003453c8ea6",
        "Microsoft Teams Rooms Pro",
    ),
    (
        "4ef96642-f096-40de-a3e9-d83fb2f90211",
        "Microsoft Defender for Office 365 (Plan 1)",
    ),
    (
        "53818b1b-4a27-454b-8896-0dba576410e6",
        "Planner and Project Plan 3",
    ),
    (
        "5a1c7b8d-0739-4ca8-bf69-ec87e69133ac",
        "Microsoft 365 Business Standard (no Teams)",
    ),
    (
        "5e1e7702-a2b7-4360-8d07-2f515792896f",
        "Microsoft Defender for Business",
    ),
    (
        "639dec6b-bb19-468b-871c-c5c441c4b0cb",
        "Copilot for Microsoft 365",
    ),
    ("66b55226-6b4f-492c-910c-a3b7a3c9d993", "Microsoft 365 F3"),
    ("6fd2c87f-b296-42f0-b197-1e91e994b900", "Office 365 E3"),
    ("7e74bd05-2c47-404e-829a-ba95c66fe8e5", "Microsoft Teams EEA"),
    ("80b2d799-d2ba-4d2a-8842-fb0d0f3a4b82", "Exchange Online Kiosk"),
    ("84a661c4-e949-4bd2-a560-ed7766fcaf2b", "Microsoft Entra ID P2"),
    ("a403ebcc-fae0-4ca2-8c8c-7a907fd6c235", "Microsoft Fabric (Free)"),
    ("a929cd4d-8672-47c9-8664-159c1f322ba8", "Microsoft Intune Suite"),
    (
        "a9732ec9-17d9-494c-a51c-d6b45b384dcb",
        "SharePoint Online (Plan 2)",
    ),
    (
        "b05e124f-c7cc-45a0-a6aa-8cf78c946968",
        "Enterprise Mobility + Security E5",
    ),
    ("b30411f5-fea1-4a59-9ad9-3db7c7ead579", "Power Apps Premium"),
    ("beb6439c-caad-48d3-bf46-0c82871e12be", "Planner Plan 1"),
    (
        "c1d032e0-5619-4761-9b5c-75b6831e1711",
        "Power BI Premium Per User",
    ),
    (
        "c2273bd0-dff7-4215-9ef5-2c7bcfb06425",
        "Microsoft 365 Apps for enterprise",
    ),
    (
        "c52ea49f-fe5d-4e95-93ba-1de91d380f89",
        "Azure Information Protection Plan 1",
    ),
    ("c5928f49-12ba-48f7-ada3-0d743a3601d5", "Visio Plan 2"),
    ("c7df2760-2c81-4ef7-b578-5b5392b571df", "Office 365 E5"),
    (
        "cb10e6cd-9da4-4992-867b-67546b1db821",
        "Windows 10/11 Enterprise E3",
    ),
    (
        "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46",
        "Microsoft 365 Business Premium",
    ),
    (
        "cdd28e44-67e3-425e-be4c-737fab2899d3",
        "Microsoft 365 Apps for business",
    ),
    (
        "dcf0408c-aaec-446c-afd4-43e3683943ea",
        "Microsoft 365 E3 (no Teams)",
    ),
    (
        "e43b5b99-8dfb-405f-9987-dc307f34bcbd",
        "Microsoft Teams Phone Standard",
    ),
    ("eda1941c-3c4f-4995-b5eb-e85a42175ab9", "Power Automate Premium"),
    (
        "ee02fd1b-340e-4a4b-b355-4a514e4c8943",
        "Exchange Online Archiving for Exchange Online",
    ),
    (
        "efccb6f7-5641-4e0e-bd10-b4976e1bf68e",
        "Enterprise Mobility + Security E3",
    ),
    (
        "f245ecc8-75af-4f8e-b61f-27d8114de5f3",
        "Microsoft 365 Business Standard",
    ),
    (
        "f30db892-07e9-47e9-837c-80727f46fd3d",
        "Microsoft Power Automate Free",
    ),
    ("f8a1db68-be16-40ed-86d5-cb42ce701560", "Power BI Pro"),
];
