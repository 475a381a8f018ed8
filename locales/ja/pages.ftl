# ページの文言。外部由来の名前の分離はページ側で行います。

## 枠

skip = 本文へ移動
demo-data = デモ データ
menu-label = メイン
menu-account-settings = アカウント設定
language = 言語
time-zone = タイム ゾーン
sign-out = サインアウト
accessibility = WCAG 2.2 AA に準拠するよう作られています
list-joint = 、
label-joint = {": "}

## 共通の語

ago-now = たった今
ago-minutes = { $n } 分前
ago-hours = { $n } 時間前
ago-days = { $n } 日前
column-date = 日時
column-customer = 影響を受ける顧客
column-action = アクション
column-user = パートナー ユーザー
column-details = 詳細
customer-none = (顧客なし)
user-unknown = (不明)
badge-app = アプリ
badge-imported = インポート済み
value-on = オン
value-off = オフ
copy = コピー
copy-link = リンクをコピー
copy-summary = 概要をコピー
copy-markdown = Markdown としてコピー
copied = コピーしました

## ロール

role-global_admin = グローバル管理者
role-billing_admin = 課金管理者
role-user_management_admin = ユーザー管理の管理者
role-admin_agent = 管理エージェント
role-sales_agent = セールス エージェント
role-helpdesk_agent = ヘルプデスク エージェント

## アクティビティ ログ

activity-title = アクティビティ ログ
day-unknown = 日付不明
result = { $number } 件のアクティビティ、{ $range } ({ $zone })
result-filtered = { $number } 件のアクティビティ、{ $range } ({ $zone })、フィルター { $filters } 個
range = { $from } ～ { $to }
range-now = 現在
range-beginning = 最初
more-than = { $number }+
row-details = { $what } の詳細
details-loading = 詳細を読み込んでいます…
details-failed = 詳細を読み込めませんでした。
details-open-page = レコードのページを開く
range-too-old = アーカイブは { $day } から始まります。それより前のレコードはパートナー センターから取得できません。
range-future = 終了日 ({ $day }) は未来の日付です。現在までのすべてを表示しています。
zone-switch = { $zone } の時刻で表示

## フィルター

filter-form = アクティビティのフィルター
filter-period = 期間
filter-from = 開始日
filter-to = 終了日
filter-customer = 顧客
filter-customer-hint = 会社名または顧客 ID
filter-action = アクション
filter-user = パートナー ユーザー
filter-user-hint = ユーザー名の一部
filter-status = 状態
filter-resource = リソースの種類
filter-app = アプリケーション
filter-account = パートナー アカウント
filter-not = 次を除く
filter-others = フィルター
filter-apply = 適用
filter-clear = すべてクリア
filter-selected = 選択中のフィルター
filter-remove = フィルターを解除:
preset-label = よく使う期間
preset-today = 今日
preset-7 = 過去 7 日間
preset-30 = 過去 30 日間
preset-90 = 過去 90 日間
preset-month = 今月
preset-last-month = 先月
preset-all = すべて
fault-title = 検索条件の一部を解釈できませんでした
fault-others-applied = 他の条件は適用されています。
fault-not-a-date = 「{ $text }」は日付ではありません。2024-05-31 のように入力してください。
fault-to-before-from = 終了日は開始日 ({ $from }) 以降の日付を指定してください。
fault-zone = 「{ $text }」というタイム ゾーンはありません。
fault-size = 「{ $text }」は指定できません。1 ページの件数は 25、50、100 から選んでください。
fault-cursor = アドレスがログ内の位置を示していないため、最初のページを表示しています。
fault-too-long = このフィルターは 512 文字を超えています: { $text }…
fault-too-many = フィルターの値が 200 個を超えています。「{ $text }」以降は適用されていません。

## エクスポート

export-log = ログのエクスポート
export-options = エクスポート設定
export-nothing = エクスポートするアクティビティがありません。
export-format = 形式
export-csv = Excel 用 CSV
export-csv-hint = 列名は表示中の言語、日時は表示中のタイム ゾーン
export-plain = プレーン CSV
export-plain-hint = プログラム向けの正確な値
export-rows = 行
export-items = 1 品目につき 1 行
export-download = ダウンロード

## アクティビティがないとき

empty-filters = 条件に一致するアクティビティはありません
empty-filters-text = フィルターを解除するか、別の期間を選んでください。
empty-range = この期間のアクティビティはありません
empty-range-text = 別の時期にはアクティビティがあります。
empty-nowhere = 他の時期にもありません。フィルターや検索語を減らしてください。
empty-nearest = 最も近いアクティビティ: { $day } – 表示
empty-archive = アクティビティはまだ収集されていません
empty-archive-first = 最初の収集は { $at } に開始しました。届いたアクティビティから順に表示されます。
empty-archive-ran = パートナー センターにはまだアクティビティがありません。新しいアクティビティは次の収集後に表示されます。

## ログのページ

pager-label = ページ
pager-newer = 新しい方へ
pager-older = 古い方へ
pager-size = 1 ページの件数
position = 全 { $total } 件中 { $place }

## レコード

record-permalink = ページとして開く
record-link = リンク
record-who = 実行者
record-where = 対象
record-when = 日時
record-what = 内容
record-session = セッション
record-customer-id = 顧客 ID
record-partner-id = パートナー ID
record-utc = UTC
record-received = 受信した値
record-archive = アーカイブ
record-collected = { $at } に収集
record-imported = { $at } にインポート
record-operation = 操作の種類
record-resource = リソースの種類
record-status = 操作の状態
record-correlation = 相関 ID
record-id = レコード ID
record-facts = 詳細
record-other-data = 追加情報
record-old-value = 古い値
record-new-value = 新しい値
record-raw = 元のレコード
record-download = ダウンロード
record-not-json = この値は有効な JSON ではないため、受信したまま表示しています。
record-value-cut = 続きは元のレコードにあります。
left-out = 残りの { $n } 件は元のレコードにあります。
record-part = 長いレコードです。これは 100 KB ごとに区切った { $n } 番目の部分です。
record-part-before = 前の部分
record-part-after = 次の部分
record-part-revealed = 長いレコードです。これは最初の部分です。全体は、隠された値も含めてダウンロードで確認できます。
record-happened = 内容
record-printed = partnerlog から印刷: { $at } ({ $zone })、{ $who }
items-title = 品目
items-all = { $n } 件すべてを表示
item-line = 番号
item-product = 製品
item-quantity = 数量
item-term = 期間
item-billing = 請求サイクル
item-transaction = トランザクション
item-offer = オファー ID
item-subscription = サブスクリプション ID
item-conflict = 追加情報の値と一致しません。
licences-title = ライセンス
licences-user = 対象ユーザー:
licences-excluded = 除外されたサービス プラン:
licences-warning = 警告:
changes-title = 変更点
changes-field = 項目
changes-old = 古い値
changes-new = 新しい値
changes-no-old = 古い値は記録されていません。
changes-none = 古い値と新しい値に違いはありません。
changes-parts = その内容
earlier-compared = アーカイブにある、同じ対象の 1 つ前のアクティビティと比較しています:
earlier-record = { $action }、{ $when }
earlier-none = 違いはありません。
changes-unchanged = 変更のない項目を表示 ({ $n })
pivot-title = 関連する絞り込み
pivot-customer = 顧客
pivot-user = パートナー ユーザー
pivot-action = アクション
pivot-only = これのみ
pivot-exclude = これを除く
pivot-show = すべてのアクティビティ

## 顧客のサブスクリプション

subscriptions-title = サブスクリプション
subscriptions-activities = この顧客のすべてのアクティビティ
subscriptions-portal = パートナー センターで開く
subscriptions-summary = { $n } 件のサブスクリプション、うちアクティブ { $active } 件
subscriptions-none = この顧客にはサブスクリプションがありません
subscriptions-name = サブスクリプション
subscriptions-status = 状態
subscriptions-start = 開始日
subscriptions-end = 終了日または更新日
subscriptions-auto-renew = 自動更新
subscriptions-order = 注文 ID
subscriptions-trial = 試用版
subscriptions-recent = 最近のアクティビティ
subscription-active = アクティブ
subscription-suspended = 中断
subscription-deleted = 削除済み
subscription-expired = 期限切れ
subscription-pending = 保留中
subscription-disabled = 無効
subscriptions-unknown = この顧客はパートナー センターに見つかりません。
subscriptions-unknown-remedy = 関係が終了した可能性があります。アーカイブ内のアクティビティは以下で確認できます。
subscriptions-refused = パートナー センターがサブスクリプションの表示を拒否しました。
subscriptions-refused-remedy = このパートナー アカウントのアプリケーションのアクセス許可とシークレットを確認するよう、管理者に依頼してください。
subscriptions-throttled = パートナー センターへの要求が多すぎます。
subscriptions-throttled-remedy = 1 分ほど待ってから、このページを再読み込みしてください。
subscriptions-unreachable = 現在、パートナー センターから応答がありません。
subscriptions-unreachable-remedy = しばらくしてからこのページを再読み込みしてください。アーカイブの内容は以下で確認できます。
subscriptions-not-configured = この顧客のパートナー アカウントは設定から削除されています。
subscriptions-not-configured-remedy = 管理者が再び追加できます。アーカイブの内容は以下で確認できます。

## 設定

preferences-title = ユーザー設定
preferences-save = 保存
preferences-saved = 保存しました
preferences-browser-zone = このブラウザーと同じ
preferences-zone-hint = 日時の表示と、開始日・終了日の区切りに使われます。
accounts-title = パートナー アカウント
accounts-none = パートナー アカウントが設定されていません
accounts-tenant = テナント ID
accounts-last = 前回の収集
accounts-succeeded = 前回の成功
accounts-next = 次回の収集
accounts-never = なし
accounts-error = エラー
accounts-result = 新規 { $new } 件、変更 { $revised } 件、{ $days } 日分を読み取り
accounts-collect = 今すぐ収集

## サインイン

sign-in-title = サインイン
sign-in-text = パートナー センターで、だれがどの顧客に何をしたかを確認できます。
sign-in-button = 職場アカウントでサインイン
sign-in-hint = アクティビティ ログを表示できるロールが必要です。
sign-in-again = サインイン
signed-out-title = サインアウトしました
signed-out-text = 共用のコンピューターでは、ブラウザーのウィンドウを閉じてください。
signed-out-provider = このサイトからサインアウトしました。続けて職場アカウントからもサインアウトしてください。
signed-out-continue = 続ける
filter-changed = 変更された項目
filter-source = 取得元
source-collected = パートナー センターから収集
source-imported = ファイルからインポート
export-xlsx = Excel ブック
export-xlsx-hint = 日付型の日時、固定された見出し、フィルター付きの .xlsx。作成が終わるとダウンロードが始まります
export-ndjson = NDJSON
export-ndjson-hint = 受信したままのレコード (1 行に 1 件)
export-columns = 列
export-all-columns = すべて
export-without-values = 変更前後の値を除くすべて
export-shown = ページに表示されている列
export-activities = 1 アクティビティにつき 1 行
export-size = 約 { $rows } 行: CSV で { $csv }、プレーン CSV で { $plain }、NDJSON で { $ndjson }
export-past = 過去のエクスポートとチェックサム
