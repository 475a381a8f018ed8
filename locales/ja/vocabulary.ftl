# 監査サービスの用語の表示名。

## Customers

action-add_customer = 顧客を追加した
action-delete_customer = 顧客を削除した (サンドボックス)
action-delete_tip_customer = TIP 顧客を削除した
action-update_customer_qualification = 顧客の資格を更新した
action-update_customer_billing_profile = 顧客の請求プロファイルを更新した
action-update_customer_partner_contract_company_name = パートナー契約の会社名を更新した
action-update_customer_spending_budget = 顧客の使用支出予算を更新した
action-increase_spending_limit = 使用制限を引き上げた
action-remove_partner_customer_relationship = 顧客との再販業者関係を削除した
action-extend_relationship = 関係を延長した
action-create_agreement = 契約を作成した
action-update_company_info = 会社情報を更新した

## Orders

action-create_order = 注文を作成した
action-update_order = 注文を更新した
action-update_subscription = サブスクリプションを更新した
action-upgrade_subscription = サブスクリプションをアップグレードした
action-convert_trial_subscription = 試用版サブスクリプションを有料版に変換した
action-create_new_commerce_migration = 新しいコマースへの移行を作成した
action-manage_overage = 超過分を管理した
action-create_transfer = 譲渡を作成した
action-update_transfer = 譲渡を更新した
action-create_credit = クレジットを作成した
action-update_credit = クレジットを更新した
action-cancel_credit = クレジットを取り消した
action-ready_invoice = 請求書の準備ができた
action-create_self_serve_policy = セルフ サービス ポリシーを作成した
action-update_self_serve_policy = セルフ サービス ポリシーを更新した
action-delete_self_serve_policy = セルフ サービス ポリシーを削除した
action-get_software_key = ソフトウェア キーを取得した
action-get_software_download_link = ソフトウェアのダウンロード リンクを取得した
action-software_attestation = ソフトウェアの証明を行った

## Users

action-create_customer_user = 顧客のユーザー アカウントを作成した
action-update_customer_user = 顧客のユーザー アカウントを更新した
action-delete_customer_user = 顧客のユーザー アカウントを削除した
action-restore_customer_user = 顧客の削除されたユーザーを復元した
action-update_customer_user_principal_name = 顧客ユーザーのユーザー プリンシパル名を更新した
action-update_customer_user_licenses = 顧客ユーザーのライセンスを更新した
action-update_sfb_customer_user_licenses = Skype for Business のユーザー ライセンスを更新した
action-reset_customer_user_password = 顧客のユーザー パスワードをリセットした
action-add_user_member = ユーザーをロールに追加した
action-remove_user_member = ユーザーをロールから削除した

## DelegatedAdmin

action-granular_admin_relationship_approved = 詳細な管理者リレーションシップが承認された
action-granular_admin_relationship_activated = 詳細な管理者リレーションシップがアクティブになった
action-granular_admin_relationship_termination_requested = 詳細な管理者リレーションシップの終了が要求された
action-granular_admin_relationship_terminated = 詳細な管理者リレーションシップが終了した
action-granular_admin_relationship_expired = 詳細な管理者リレーションシップの有効期限が切れた
action-granular_admin_relationship_cleaned_up = 詳細な管理者リレーションシップがクリーンアップされた
action-granular_admin_access_assignment_created = 詳細な管理者のアクセス割り当てが作成された
action-granular_admin_access_assignment_updated = 詳細な管理者のアクセス割り当てが更新された
action-granular_admin_access_assignment_deleted = 詳細な管理者のアクセス割り当てが削除された
action-granular_admin_access_assignment_activated = 詳細な管理者のアクセス割り当てがアクティブになった
action-dap_admin_relationship_approved = 代理管理者特権 (DAP) が承認された
action-dap_admin_relationship_terminated = 代理管理者特権 (DAP) が終了した
action-dap_admin_relationship_terminated_by_microsoft = Microsoft が代理管理者特権 (DAP) を終了した

## PartnerAccount

action-create_partner_user = パートナー ユーザーを作成した
action-update_partner_user = パートナー ユーザーを更新した
action-remove_partner_user = パートナー ユーザーを削除した
action-create_partner_relationship = パートナー関係を作成した
action-remove_partner_relationship = パートナー関係を削除した
action-create_mpn_association = MPN の関連付けを作成した
action-update_mpn_association = MPN の関連付けを更新した
action-register_application = アプリケーションを登録した
action-unregister_application = アプリケーションの登録を解除した
action-add_application_credential = アプリケーションの資格情報を追加した
action-remove_application_credential = アプリケーションの資格情報を削除した
action-create_referral = 紹介を作成した
action-update_referral = 紹介を更新した
action-create_related_referral = 関連する紹介を作成した
action-update_related_referral = 関連する紹介を更新した
action-policy_created = 構成ポリシーが作成された
action-policy_updated = 構成ポリシーが更新された
action-policy_deleted = 構成ポリシーが削除された
action-device_updated = デバイスが更新された
action-devices_update_attempted = 複数のデバイスの更新が試行された
action-device_deleted = デバイスが削除された
action-devices_upload_to_new_batch_attempted = 新しいバッチへのデバイスのアップロードが試行された
action-devices_upload_to_existing_batch_attempted = 既存のバッチへのデバイスのアップロードが試行された
action-azure_fraud_event_detected = Azure の不正使用イベントが検出された

## resource types

resource-customer = 顧客
resource-customer_user = 顧客ユーザー
resource-order = 注文
resource-subscription = サブスクリプション
resource-license = ライセンス
resource-third_party_add_on = サード パーティ製アドオン
resource-mpn_association = MPN の関連付け
resource-transfer = 譲渡
resource-application = アプリケーション
resource-application_credential = アプリケーションの資格情報
resource-partner_user = パートナー ユーザー
resource-partner_relationship = パートナー関係
resource-referral = 紹介
resource-software_key = ソフトウェア キー
resource-software_download_link = ソフトウェアのダウンロード リンク
resource-spending_limit = 使用制限
resource-invoice = 請求書
resource-agreement = 契約
resource-partner_customer_relationship = パートナーと顧客の関係
resource-self_serve_policy = セルフ サービス ポリシー
resource-granular_admin_relationship = 詳細な管理者リレーションシップ
resource-granular_admin_access_assignment = 詳細な管理者のアクセス割り当て
resource-partner_customer_dap = 代理管理者特権 (DAP)
resource-credit = クレジット
resource-customer_directory_role = 顧客のディレクトリ ロール
resource-software_page = ソフトウェア ページ
resource-device = デバイス
resource-policy = 構成ポリシー
resource-overage = 超過分
resource-new_commerce_migration = 新しいコマースへの移行
resource-azure_entitlement = Azure エンタイトルメント
resource-indirect_provider_indirect_reseller_dap = 間接プロバイダーと間接リセラーの DAP

## statuses

status-succeeded = 成功
status-failed = 失敗
status-progress = 進行中
status-decline = 拒否

## areas

area-customers = 顧客
area-orders = 注文とサブスクリプション
area-users = 顧客ユーザーとライセンス
area-delegated-admin = 代理管理 (GDAP/DAP)
area-partner-account = パートナー アカウント、アプリケーション、紹介、デバイス、セキュリティ
area-other = その他

## what is not known

unknown-action = (不明なアクション)
unknown-resource = (不明なリソースの種類)
unknown-status = (不明な状態)

## applications

application-portal = パートナー センター ポータル
application-api = パートナー センター API
