# 定期的に作成されるログのファイル。外部から来た名前と応答は、ページで分離されます。

schedules-title = スケジュールされたエクスポート
schedules-lead = スケジュールは、アクティビティを毎日、毎週、または毎月エクスポートし、ファイルをフォルダーまたはクラウド ストレージに保存します。
schedules-none = スケジュールはありません
schedules-new = 新しいスケジュール
schedules-nowhere = ファイルの保存先が設定にありません。
schedules-nowhere-remedy = 設定に [[export_destination]] (フォルダー、S3 バケット、または Azure Blob コンテナー) を追加し、partnerlog を再起動してください。書き方は設定の例を参照してください。

views-schedule = 定期エクスポート
schedules-when = 日程
schedules-when-daily = 毎日 { $hour } ({ $zone })
schedules-when-weekly = 毎週月曜日 { $hour } ({ $zone })
schedules-when-monthly = 毎月 1 日 { $hour } ({ $zone })
schedules-rhythm-daily = 毎日
schedules-rhythm-weekly = 毎週月曜日
schedules-rhythm-monthly = 毎月 1 日
schedules-hour = 時刻
schedules-contents = 内容
schedules-period-daily = 前日のアクティビティ
schedules-period-weekly = 前週のアクティビティ
schedules-period-monthly = 前月のアクティビティ
schedules-new-only = 前回のファイル以降の新しいもの
schedules-contents-period = 前の期間のアクティビティ
schedules-contents-period-hint = アクティビティの日付で選びます (前日、前週の月曜日から日曜日まで、または前月)。
schedules-contents-new-hint = 日付にかかわらず、前回以降にアーカイブまたは変更されたものです。遅れて届いたものも漏れず、重複もありません。
schedules-from-beginning = 最初のファイルにアーカイブのすべてを含める
schedules-filters = アクティビティ
schedules-filter-hint = 保存したビューのフィルターと検索が適用されます。開始日と終了日は適用されません。
schedules-from-view = 保存時のビュー「{ $name }」の選択内容です。ビューを変更または削除しても、このスケジュールは変わりません。
schedules-file = ファイル
schedules-language = ファイルの言語
schedules-destination = 保存先
schedules-destination-gone = { $name } (設定にありません)
schedules-destination-hint = 選択できる保存先は設定で決められています。
schedules-name-hint = ファイル名に使用されます。
schedules-as-received = プレーン CSV と NDJSON には、隠された値も含めて、受信したままのレコードが入ります。スケジュールの作成、変更、一時停止、再開、削除はアクセス ログに、すべてのファイルはエクスポートの一覧に記録されます。
schedules-create = スケジュールを作成
schedules-change-title = スケジュールの変更
schedules-delete-title = このスケジュールを削除しますか?
schedules-delete-text = 今後はファイルが作成されず、ファイルの記録も削除されます。作成済みのファイルは保存先に残ります。

schedules-paused-copy = このアーカイブがコピーされたときに一時停止しました ({ $at })。レコードが足りないファイルで、より完全なファイルが置き換えられるのを防ぐためです。
schedules-next = 次のファイル: { $at }
schedules-making = { $file } をまもなく作成します
schedules-failing = { $file } を保存できていません。{ $n } 回試しました。次回: { $next }
schedules-last = { $file }: { $outcome } ({ $at })
schedules-now = 今すぐ保存
schedules-retry = 今すぐ再試行
schedules-again = もう一度保存
schedules-give-up = このファイルを中止
schedules-give-up-hint = 以降のファイルは、このファイルが保存されるまで待機します。中止したファイルの新しい内容は、ほかのファイルには含まれません。

schedules-log = ファイル
schedules-log-none = まだファイルは作成されていません。
schedules-due = 予定日時
schedules-log-file = ファイル
schedules-log-more = その他
schedules-short = 作成時の収集は { $at } までしか進んでいませんでした。

schedules-outcome-open = これから作成します
schedules-outcome-delivered = 保存しました
schedules-outcome-no-destination = この保存先は設定にありません
schedules-outcome-not-understood = フィルターを解釈できなくなりました
schedules-outcome-archive = アーカイブまたはディスクで問題が発生しました
schedules-outcome-missing = フォルダー、バケット、またはコンテナーがありません
schedules-outcome-refused = 保存先へのアクセスが拒否されました
schedules-outcome-failed = 保存先に保存できませんでした
schedules-outcome-given-up = 中止しました

schedules-done-created = スケジュールを作成しました。
schedules-done-changed = スケジュールを変更しました。
schedules-done-paused = スケジュールを一時停止しました。
schedules-done-resumed = スケジュールは次の予定から再開します。
schedules-done-now = ファイルをまもなく作成します。しばらくしてからページを再読み込みしてください。
schedules-done-not-now = 何も実行していません。ほかのユーザーがスケジュールを変更したか、その間にファイルが保存されました。
schedules-done-given-up = ファイルを中止しました。
schedules-done-deleted = スケジュールを削除しました。

schedules-fault-name-missing = 目的が後でわかるように、名前を入力してください。
schedules-fault-choose = 一覧から選択してください。
schedules-fault-zone = タイム ゾーンを選択してください。
schedules-fault-destination = 保存先を選択してください。選択された保存先は設定にありません。
schedules-fault-full = スケジュールは { $most } 個までです。新しく作成するには、どれかを削除してください。
schedules-fault-meanwhile = その間にほかのユーザーがこのスケジュールを変更しました。もう一度 [変更] を開いてください。

schedules-noted-created = スケジュールの作成
schedules-noted-changed = スケジュールの変更
schedules-noted-paused = スケジュールの一時停止
schedules-noted-resumed = スケジュールの再開
schedules-noted-now = スケジュールされたファイルの要求
schedules-noted-given-up = スケジュールされたファイルの中止
schedules-noted-deleted = スケジュールの削除

error-no-schedule-title = スケジュールが見つかりません
error-no-schedule-text = スケジュールが削除されたか、アドレスが不完全です。
error-no-schedule-remedy = [スケジュールされたエクスポート] ページから探してください。
