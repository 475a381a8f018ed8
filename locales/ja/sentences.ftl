# 何が起きたかを表す文: 誰が、誰のために、何に、何をしたか。`tried-…` は失敗または拒否された操作。
# $for, $of, $with, $at, $to は顧客と後ろの空白 (または空)、$object, $target, $other は対象、
# $changes, $more, $terms, $state は補足 (または空)。

## Customers

deed-add_customer = { $who } が{ $object }{ $domain } を追加した。
tried-add_customer = { $who } が{ $object }{ $domain } を追加しようとした。
deed-delete_customer = { $who } が{ $object } をサンドボックスから削除した。
tried-delete_customer = { $who } が{ $object } をサンドボックスから削除しようとした。
deed-delete_tip_customer = { $who } が TIP 顧客 { $customer } を削除した。
tried-delete_tip_customer = { $who } が TIP 顧客 { $customer } を削除しようとした。
deed-update_customer_qualification = { $who } が { $of }資格を更新した。
tried-update_customer_qualification = { $who } が { $of }資格を更新しようとした。
deed-set_customer_qualification = { $who } が { $of }資格を { $value } に設定した。
tried-set_customer_qualification = { $who } が { $of }資格を { $value } に設定しようとした。
deed-update_customer_billing_profile = { $who } が { $of }請求プロファイルを更新した{ $changes }。
tried-update_customer_billing_profile = { $who } が { $of }請求プロファイルを更新しようとした{ $changes }。
deed-update_customer_partner_contract_company_name = { $who } が { $of }パートナー契約の会社名を更新した{ $changes }。
tried-update_customer_partner_contract_company_name = { $who } が { $of }パートナー契約の会社名を更新しようとした{ $changes }。
deed-rename_customer_on_contract = { $who } が { $of }パートナー契約の会社名を { $old } から { $new } に変更した。
tried-rename_customer_on_contract = { $who } が { $of }パートナー契約の会社名を { $old } から { $new } に変更しようとした。
deed-update_customer_spending_budget = { $who } が { $of }使用支出予算を更新した。
tried-update_customer_spending_budget = { $who } が { $of }使用支出予算を更新しようとした。
deed-set_customer_spending_budget = { $who } が { $of }使用支出予算を { $value } に設定した。
tried-set_customer_spending_budget = { $who } が { $of }使用支出予算を { $value } に設定しようとした。
deed-increase_spending_limit = { $who } が { $of }使用制限を引き上げた。
tried-increase_spending_limit = { $who } が { $of }使用制限を引き上げようとした。
deed-increase_spending_limit_to = { $who } が { $of }使用制限を { $value } に引き上げた。
tried-increase_spending_limit_to = { $who } が { $of }使用制限を { $value } に引き上げようとした。
deed-remove_partner_customer_relationship = { $who } が { $with }再販業者関係を削除した。
tried-remove_partner_customer_relationship = { $who } が { $with }再販業者関係を削除しようとした。
deed-extend_relationship = { $who } が { $with }関係を延長した。
tried-extend_relationship = { $who } が { $with }関係を延長しようとした。
deed-create_agreement = { $who } が { $of }{ $object } を作成した。
tried-create_agreement = { $who } が { $of }{ $object } を作成しようとした。
deed-update_company_info = { $who } が { $of }会社情報を更新した{ $changes }。
tried-update_company_info = { $who } が { $of }会社情報を更新しようとした{ $changes }。

## Orders and subscriptions

deed-create_order = { $who } が { $for }{ $object } を注文した{ $terms }。
tried-create_order = { $who } が { $for }{ $object } を注文しようとした{ $terms }。
deed-place_order = { $who } が { $for }{ $object } を行った。
tried-place_order = { $who } が { $for }{ $object } を行おうとした。
deed-update_order = { $who } が { $of }{ $object } を更新した{ $changes }。
tried-update_order = { $who } が { $of }{ $object } を更新しようとした{ $changes }。
deed-update_subscription = { $who } が { $of }{ $object } を更新した{ $changes }。
tried-update_subscription = { $who } が { $of }{ $object } を更新しようとした{ $changes }。
deed-raise_quantity = { $who } が { $of }{ $object } の数量を { $old } から { $new } に増やした ({ $delta }){ $more }。
tried-raise_quantity = { $who } が { $of }{ $object } の数量を { $old } から { $new } に増やそうとした ({ $delta }){ $more }。
deed-lower_quantity = { $who } が { $of }{ $object } の数量を { $old } から { $new } に減らした ({ $delta }){ $more }。
tried-lower_quantity = { $who } が { $of }{ $object } の数量を { $old } から { $new } に減らそうとした ({ $delta }){ $more }。
deed-suspend_subscription = { $who } が { $of }{ $object } を中断した{ $more }。
tried-suspend_subscription = { $who } が { $of }{ $object } を中断しようとした{ $more }。
deed-reactivate_subscription = { $who } が { $of }{ $object } を再アクティブ化した{ $more }。
tried-reactivate_subscription = { $who } が { $of }{ $object } を再アクティブ化しようとした{ $more }。
deed-activate_subscription = { $who } が { $of }{ $object } をアクティブ化した{ $more }。
tried-activate_subscription = { $who } が { $of }{ $object } をアクティブ化しようとした{ $more }。
deed-cancel_subscription = { $who } が { $of }{ $object } をキャンセルした{ $more }。
tried-cancel_subscription = { $who } が { $of }{ $object } をキャンセルしようとした{ $more }。
deed-auto_renew_on = { $who } が { $of }{ $object } の自動更新をオンにした{ $more }。
tried-auto_renew_on = { $who } が { $of }{ $object } の自動更新をオンにしようとした{ $more }。
deed-auto_renew_off = { $who } が { $of }{ $object } の自動更新をオフにした{ $more }。
tried-auto_renew_off = { $who } が { $of }{ $object } の自動更新をオフにしようとした{ $more }。
deed-rename_subscription = { $who } が { $of }サブスクリプションの名前を { $old } から { $new } に変更した{ $more }。
tried-rename_subscription = { $who } が { $of }サブスクリプションの名前を { $old } から { $new } に変更しようとした{ $more }。
deed-upgrade_subscription = { $who } が { $of }{ $object } をアップグレードした。
tried-upgrade_subscription = { $who } が { $of }{ $object } をアップグレードしようとした。
deed-upgrade_subscription_to = { $who } が { $of }{ $object } を{ $target } にアップグレードした。
tried-upgrade_subscription_to = { $who } が { $of }{ $object } を{ $target } にアップグレードしようとした。
deed-convert_trial_subscription = { $who } が { $of }{ $object } の試用版を有料版に変換した。
tried-convert_trial_subscription = { $who } が { $of }{ $object } の試用版を有料版に変換しようとした。
deed-convert_trial_subscription_to = { $who } が { $of }{ $object } の試用版を{ $target } に変換した。
tried-convert_trial_subscription_to = { $who } が { $of }{ $object } の試用版を{ $target } に変換しようとした。
deed-create_new_commerce_migration = { $who } が { $of }{ $object } の新しいコマースへの移行を開始した。
tried-create_new_commerce_migration = { $who } が { $of }{ $object } の新しいコマースへの移行を開始しようとした。
deed-manage_overage = { $who } が { $of }超過分を管理した。
tried-manage_overage = { $who } が { $of }超過分を管理しようとした。
deed-create_transfer = { $who } が { $of }{ $object } を作成した{ $state }。
tried-create_transfer = { $who } が { $of }{ $object } を作成しようとした{ $state }。
deed-update_transfer = { $who } が { $of }{ $object } を更新した{ $state }{ $changes }。
tried-update_transfer = { $who } が { $of }{ $object } を更新しようとした{ $state }{ $changes }。
deed-create_credit = { $who } が { $of }{ $object } を作成した{ $state }。
tried-create_credit = { $who } が { $of }{ $object } を作成しようとした{ $state }。
deed-update_credit = { $who } が { $of }{ $object } を更新した{ $state }{ $changes }。
tried-update_credit = { $who } が { $of }{ $object } を更新しようとした{ $state }{ $changes }。
deed-cancel_credit = { $who } が { $of }{ $object } を取り消した{ $state }。
tried-cancel_credit = { $who } が { $of }{ $object } を取り消そうとした{ $state }。
deed-ready_invoice = { $of }{ $object } の準備ができた。
tried-ready_invoice = { $of }{ $object } の準備ができなかった。
deed-create_self_serve_policy = { $who } が { $of }{ $object } を作成した。
tried-create_self_serve_policy = { $who } が { $of }{ $object } を作成しようとした。
deed-update_self_serve_policy = { $who } が { $of }{ $object } を更新した{ $changes }。
tried-update_self_serve_policy = { $who } が { $of }{ $object } を更新しようとした{ $changes }。
deed-delete_self_serve_policy = { $who } が { $of }{ $object } を削除した。
tried-delete_self_serve_policy = { $who } が { $of }{ $object } を削除しようとした。
deed-get_software_key = { $who } が { $for }{ $object } のキーを取得した。
tried-get_software_key = { $who } が { $for }{ $object } のキーを取得しようとした。
deed-get_software_download_link = { $who } が { $for }{ $object } のダウンロード リンクを取得した。
tried-get_software_download_link = { $who } が { $for }{ $object } のダウンロード リンクを取得しようとした。
deed-software_attestation = { $who } が { $for }{ $object } の証明を行った。
tried-software_attestation = { $who } が { $for }{ $object } の証明を行おうとした。

## Users and licences of customers

deed-create_customer_user = { $who } が { $of }{ $object } のアカウントを作成した。
tried-create_customer_user = { $who } が { $of }{ $object } のアカウントを作成しようとした。
deed-update_customer_user = { $who } が { $of }{ $object } のアカウントを更新した{ $changes }。
tried-update_customer_user = { $who } が { $of }{ $object } のアカウントを更新しようとした{ $changes }。
deed-delete_customer_user = { $who } が { $of }{ $object } のアカウントを削除した。
tried-delete_customer_user = { $who } が { $of }{ $object } のアカウントを削除しようとした。
deed-restore_customer_user = { $who } が { $of }削除された{ $object } のアカウントを復元した。
tried-restore_customer_user = { $who } が { $of }削除された{ $object } のアカウントを復元しようとした。
deed-update_customer_user_principal_name = { $who } が { $of }{ $object } のユーザー プリンシパル名を更新した{ $changes }。
tried-update_customer_user_principal_name = { $who } が { $of }{ $object } のユーザー プリンシパル名を更新しようとした{ $changes }。
deed-rename_customer_user = { $who } が { $of }ユーザーのユーザー プリンシパル名を { $old } から { $new } に変更した{ $more }。
tried-rename_customer_user = { $who } が { $of }ユーザーのユーザー プリンシパル名を { $old } から { $new } に変更しようとした{ $more }。
deed-update_customer_user_licenses = { $who } が { $of }{ $object } のライセンスを更新した。
tried-update_customer_user_licenses = { $who } が { $of }{ $object } のライセンスを更新しようとした。
deed-assign_licences = { $who } が { $of }{ $target } に { $object } を割り当てた。
tried-assign_licences = { $who } が { $of }{ $target } に { $object } を割り当てようとした。
deed-remove_licences = { $who } が { $of }{ $target } から { $object } を削除した。
tried-remove_licences = { $who } が { $of }{ $target } から { $object } を削除しようとした。
deed-swap_licences = { $who } が { $of }{ $target } に { $object } を割り当て、{ $other } を削除した。
tried-swap_licences = { $who } が { $of }{ $target } に { $object } を割り当て、{ $other } を削除しようとした。
deed-update_sfb_customer_user_licenses = { $who } が { $of }{ $object } の Skype for Business ライセンスを更新した。
tried-update_sfb_customer_user_licenses = { $who } が { $of }{ $object } の Skype for Business ライセンスを更新しようとした。
deed-reset_customer_user_password = { $who } が { $of }{ $object } のパスワードをリセットした。
tried-reset_customer_user_password = { $who } が { $of }{ $object } のパスワードをリセットしようとした。
deed-reset_password_to_change = { $who } が { $of }{ $object } のパスワードをリセットした (次回サインイン時に変更が必要)。
tried-reset_password_to_change = { $who } が { $of }{ $object } のパスワードをリセットしようとした。
deed-add_user_member = { $who } が { $of }{ $object } を{ $target } に追加した。
tried-add_user_member = { $who } が { $of }{ $object } を{ $target } に追加しようとした。
deed-remove_user_member = { $who } が { $of }{ $object } を{ $target } から削除した。
tried-remove_user_member = { $who } が { $of }{ $object } を{ $target } から削除しようとした。

## Delegated administration

deed-granular_admin_relationship_approved = { $with }{ $subject } が承認された{ $duration }{ $by }。
tried-granular_admin_relationship_approved = { $with }{ $subject } が承認されなかった{ $duration }{ $by }。
deed-granular_admin_relationship_activated = { $with }{ $subject } が有効化された{ $duration }{ $by }。
tried-granular_admin_relationship_activated = { $with }{ $subject } が有効化されなかった{ $duration }{ $by }。
deed-granular_admin_relationship_termination_requested = { $with }{ $object } の終了が要求された{ $by }。
tried-granular_admin_relationship_termination_requested = { $with }{ $object } の終了を要求できなかった{ $by }。
deed-granular_admin_relationship_terminated = { $with }{ $subject } が終了した{ $by }。
tried-granular_admin_relationship_terminated = { $with }{ $subject } は終了しなかった{ $by }。
deed-granular_admin_relationship_expired = { $with }{ $subject } の有効期限が切れた。
tried-granular_admin_relationship_expired = { $with }{ $subject } の有効期限は切れなかった。
deed-granular_admin_relationship_cleaned_up = { $with }{ $subject } がクリーンアップされた{ $by }。
tried-granular_admin_relationship_cleaned_up = { $with }{ $subject } はクリーンアップされなかった{ $by }。
deed-granular_admin_access_assignment_created = { $who } が { $object } に { $to }アクセスを割り当てた。
tried-granular_admin_access_assignment_created = { $who } が { $object } に { $to }アクセスを割り当てようとした。
deed-granular_admin_access_assignment_updated = { $who } が { $object } の { $to }アクセス割り当てを更新した。
tried-granular_admin_access_assignment_updated = { $who } が { $object } の { $to }アクセス割り当てを更新しようとした。
deed-granular_admin_access_assignment_deleted = { $who } が { $object } の { $to }アクセス割り当てを削除した。
tried-granular_admin_access_assignment_deleted = { $who } が { $object } の { $to }アクセス割り当てを削除しようとした。
deed-granular_admin_access_assignment_activated = { $object } の { $to }アクセス割り当てがアクティブになった。
tried-granular_admin_access_assignment_activated = { $object } の { $to }アクセス割り当てはアクティブにならなかった。
deed-dap_admin_relationship_approved = { $with }代理管理者特権 (DAP) が承認された{ $by }。
tried-dap_admin_relationship_approved = { $with }代理管理者特権 (DAP) が承認されなかった{ $by }。
deed-dap_admin_relationship_terminated = { $with }代理管理者特権 (DAP) が終了した{ $by }。
tried-dap_admin_relationship_terminated = { $with }代理管理者特権 (DAP) は終了しなかった{ $by }。
deed-dap_admin_relationship_terminated_by_microsoft = Microsoft が { $with }代理管理者特権 (DAP) を終了した。
tried-dap_admin_relationship_terminated_by_microsoft = Microsoft が { $with }代理管理者特権 (DAP) を終了しようとした。

## The partner's account

deed-create_partner_user = { $who } が{ $object } を作成した。
tried-create_partner_user = { $who } が{ $object } を作成しようとした。
deed-update_partner_user = { $who } が{ $object } を更新した{ $changes }。
tried-update_partner_user = { $who } が{ $object } を更新しようとした{ $changes }。
deed-remove_partner_user = { $who } が{ $object } を削除した。
tried-remove_partner_user = { $who } が{ $object } を削除しようとした。
deed-create_partner_relationship = { $who } が { $with }パートナー関係を作成した。
tried-create_partner_relationship = { $who } が { $with }パートナー関係を作成しようとした。
deed-remove_partner_relationship = { $who } が { $with }パートナー関係を削除した。
tried-remove_partner_relationship = { $who } が { $with }パートナー関係を削除しようとした。
deed-create_mpn_association = { $who } が { $with }{ $object } の関連付けを作成した。
tried-create_mpn_association = { $who } が { $with }{ $object } の関連付けを作成しようとした。
deed-update_mpn_association = { $who } が { $with }{ $object } の関連付けを更新した。
tried-update_mpn_association = { $who } が { $with }{ $object } の関連付けを更新しようとした。
deed-register_application = { $who } が{ $object } を登録した。
tried-register_application = { $who } が{ $object } を登録しようとした。
deed-unregister_application = { $who } が{ $object } の登録を解除した。
tried-unregister_application = { $who } が{ $object } の登録を解除しようとした。
deed-add_application_credential = { $who } が{ $object } の資格情報を追加した。
tried-add_application_credential = { $who } が{ $object } の資格情報を追加しようとした。
deed-remove_application_credential = { $who } が{ $object } の資格情報を削除した。
tried-remove_application_credential = { $who } が{ $object } の資格情報を削除しようとした。
deed-create_referral = { $who } が{ $object } を作成した{ $state }。
tried-create_referral = { $who } が{ $object } を作成しようとした{ $state }。
deed-create_related_referral = { $who } が{ $object } を作成した{ $state }。
tried-create_related_referral = { $who } が{ $object } を作成しようとした{ $state }。
deed-update_referral = { $who } が{ $object } を更新した{ $state }{ $changes }。
tried-update_referral = { $who } が{ $object } を更新しようとした{ $state }{ $changes }。
deed-update_related_referral = { $who } が{ $object } を更新した{ $state }{ $changes }。
tried-update_related_referral = { $who } が{ $object } を更新しようとした{ $state }{ $changes }。
deed-policy_created = { $who } が { $of }{ $object } を作成した。
tried-policy_created = { $who } が { $of }{ $object } を作成しようとした。
deed-policy_updated = { $who } が { $of }{ $object } を更新した{ $changes }。
tried-policy_updated = { $who } が { $of }{ $object } を更新しようとした{ $changes }。
deed-policy_deleted = { $who } が { $of }{ $object } を削除した。
tried-policy_deleted = { $who } が { $of }{ $object } を削除しようとした。
deed-device_updated = { $who } が { $of }{ $object } を更新した{ $changes }。
tried-device_updated = { $who } が { $of }{ $object } を更新しようとした{ $changes }。
deed-devices_update_attempted = { $who } が { $of }{ $object } のデバイスの更新を試行した。
tried-devices_update_attempted = { $who } が { $of }{ $object } のデバイスの更新を試行した。
deed-device_deleted = { $who } が { $of }{ $object } を削除した。
tried-device_deleted = { $who } が { $of }{ $object } を削除しようとした。
deed-devices_upload_to_new_batch_attempted = { $who } が { $of }新しい{ $object } へのデバイスのアップロードを試行した。
tried-devices_upload_to_new_batch_attempted = { $who } が { $of }新しい{ $object } へのデバイスのアップロードを試行した。
deed-devices_upload_to_existing_batch_attempted = { $who } が { $of }{ $object } へのデバイスのアップロードを試行した。
tried-devices_upload_to_existing_batch_attempted = { $who } が { $of }{ $object } へのデバイスのアップロードを試行した。
deed-azure_fraud_event_detected = { $of }Azure 環境で不正使用イベントが検出された{ $event }。
tried-azure_fraud_event_detected = { $of }Azure 環境の不正使用イベントが報告された{ $event }。

## Who

who-user-through = { $user } ({ $application } を使用)
who-application = アプリケーション { $application }
who-nobody = 不明な実行者
by = {" "}(実行者: { $who })
by-application = アプリケーション { $application }

## The customer, in its place in the sentence; nothing where there is none

deed-for = { $customer } のために{" "}
deed-of = { $customer } の{" "}
deed-with = { $customer } との{" "}
deed-at = { $customer } の{" "}
deed-to = { $customer } への{" "}
deed-no-customer = (不明)

## What something was done to, by its name and without

noun-customer = 顧客
noun-customer-named = 顧客 { $name }
noun-user = ユーザー
noun-user-named = ユーザー { $name }
noun-role = ロール
noun-role-named = ロール { $name }
noun-order = 注文
noun-order-named = 注文 { $name }
noun-subscription = サブスクリプション
noun-subscription-named = { $name }
noun-subscription_id = サブスクリプション
noun-subscription_id-named = サブスクリプション { $name }
noun-agreement = 契約
noun-agreement-named = 契約 { $name }
noun-transfer = 譲渡
noun-transfer-named = 譲渡 { $name }
noun-credit = クレジット
noun-credit-named = クレジット { $name }
noun-invoice = 請求書
noun-invoice-named = 請求書 { $name }
noun-self_serve_policy = セルフ サービス ポリシー
noun-self_serve_policy-named = セルフ サービス ポリシー { $name }
noun-software = ソフトウェア
noun-software-named = { $name }
noun-gdap = 詳細な管理者リレーションシップ
noun-gdap-named = 詳細な管理者リレーションシップ { $name }
noun-group = セキュリティ グループ
noun-group-named = セキュリティ グループ { $name }
noun-partner_user = パートナー ユーザー
noun-partner_user-named = パートナー ユーザー { $name }
noun-mpn = MPN ID
noun-mpn-named = MPN ID { $name }
noun-application = アプリケーション
noun-application-named = アプリケーション { $name }
noun-referral = 紹介
noun-referral-named = 紹介 { $name }
noun-related_referral = 関連する紹介
noun-related_referral-named = 関連する紹介 { $name }
noun-policy = 構成ポリシー
noun-policy-named = 構成ポリシー { $name }
noun-device = デバイス
noun-device-named = デバイス { $name }
noun-batch = バッチ
noun-batch-named = バッチ { $name }

## Several things

things-two = { $first } と { $second }
things-more = { $list } ほか { $count } 件
things-joint = 、

## What else is told

deed-domain = {" "}({ $domain })
deed-terms = {" "}({ $terms })
terms-term = 期間 { $term }
terms-cycle-monthly = 月単位の請求
terms-cycle-annual = 年単位の請求
terms-cycle-biennial = 2 年単位の請求
terms-cycle-triennial = 3 年単位の請求
terms-cycle-onetime = 1 回払い
terms-joint = 、
deed-duration = {" "}(期間 { $duration })
deed-state = {" "}({ $field }: { $value })
deed-event = : { $value }
deed-changes = : { $change }
deed-changes-more = : { $change }、ほか { $count } 件の変更
deed-more = {" "}(ほか { $count } 件の変更)
